"""One request on its way through the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from serving.front.errors import RequestError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from serving.front.callers import Caller


@dataclass(slots=True)
class Call:
    """A request: its ASGI scope, who asks, and the parts of its path that the route names."""

    scope: Scope
    receive: Receive
    request_id: str
    caller: Caller
    params: dict[str, str] = field(default_factory=dict)

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name, empty where it is missing."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value.decode("latin-1"))
        return ""

    def query(self, *known: str) -> dict[str, str]:
        """Return the query's parameters, each of which must be one of ``known`` and given once.

        Raises
        ------
        RequestError
            A parameter is unknown or given twice.

        """
        raw = self.scope["query_string"]
        if not raw:
            return {}
        found: dict[str, str] = {}
        for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
            if name not in known:
                raise RequestError.unknown_parameter(name, known)
            if name in found:
                raise RequestError(name, "is given twice")
            found[name] = value
        return found

    @property
    def state(self) -> dict[str, Any]:
        """What the server keeps for this request."""
        found: dict[str, Any] = self.scope.setdefault("state", {})
        return found
