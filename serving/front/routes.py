"""Which handler answers a method and path, and what a caller must be allowed for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import unquote

from starlette.responses import Response

from serving.front.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a key may be allowed: to score, to tell facts, to read what is kept, and everything else.
Permission: TypeAlias = Literal["score", "ingest", "read", "admin"]
PERMISSIONS: tuple[Permission, ...] = ("score", "ingest", "read", "admin")

Handler: TypeAlias = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route: ``GET /v1/leads/{lead_id}`` with its handler; ``permission`` None is open to everybody.

    ``retry_in`` is the unit in which its callers read Retry-After. Pages are for people, and no part of the
    interface. What is asked of the service's own health is ``always`` answered, however busy or stuck the rest is.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | None
    says: str
    retry_in: Literal["s", "ms"] = "s"
    is_page: bool = False
    always: bool = False


class RouteTable:
    """Endpoints by method and path."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._exact = {(e.method, e.path): e for e in self.endpoints if "{" not in e.path}
        self._patterns = [(e.path.split("/"), e) for e in self.endpoints if "{" in e.path]

    def find(self, method: str, path: str, raw: bytes | None = None) -> tuple[Endpoint | None, dict[str, str]]:
        """Return the endpoint of a request and the parts of the path that it names; None where there is none.

        ``raw`` is the path as it was sent, in which ``%2F`` belongs to an id and divides nothing.
        """
        # Whoever may GET may ask for the head alone.
        wanted = "GET" if method == "HEAD" else method
        found = self._exact.get((wanted, path))
        if found is not None:
            return found, {}
        parts = _parts(path, raw)
        for pattern, endpoint in self._patterns:
            if endpoint.method == wanted and (named := _match(pattern, parts)) is not None:
                return endpoint, named
        return None, {}

    def allowed(self, path: str, raw: bytes | None = None) -> list[str]:
        """Return the methods that a path knows."""
        exact = {method for method, known in self._exact if known == path}
        parts = _parts(path, raw)
        return sorted(exact | {e.method for pattern, e in self._patterns if _match(pattern, parts) is not None})


def _parts(path: str, raw: bytes | None) -> list[str]:
    """Return what stands between the slashes, decoded."""
    if raw is None:
        return path.split("/")
    return [unquote(part) for part in raw.decode("ascii", "replace").split("/")]


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    """Return the named parts of a path, None of them empty; None where it is not of this pattern."""
    if len(pattern) != len(parts):
        return None
    named = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            named[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return named
