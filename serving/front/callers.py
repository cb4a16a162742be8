"""Who asks: API keys, what each may do, and how often."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from serving.front.errors import RequestError
from serving.front.routes import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Scope

    from serving.front.routes import Endpoint
    from serving.ledger import ApiKey

#: How every key begins: a scanner of logs and repositories can find one that strayed.
PREFIX = "lq_"
#: Seconds after which a key that was made or revoked elsewhere is noticed.
REFRESH = 5.0


def hash_of(secret: str) -> str:
    """Return what is kept of a key's secret: its SHA-256.

    The secret has 256 random bits, so that nothing slower is needed, as it would be for a password.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(slots=True)
class Caller:
    """Somebody who asks: the id of the key, or empty text where no key is needed."""

    key_id: str = ""
    permissions: frozenset[str] = frozenset(PERMISSIONS)
    limit: TokenBucket | None = None


@dataclass(slots=True)
class TokenBucket:
    """At most ``per_minute`` requests a minute, of which a tenth may come at once."""

    per_minute: float
    _tokens: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._tokens, self._since = self.burst, monotonic()

    @property
    def burst(self) -> float:
        """How many may come at once."""
        return max(1.0, self.per_minute / 10)

    def take(self) -> float:
        """Take one request; return 0, or the seconds after which there will be one."""
        now = monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._since) * self.per_minute / 60)
        self._since = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) * 60 / self.per_minute


class KeyRing:
    """The keys that are valid now, as ``read`` last gave them.

    ``required`` False lets everybody in as long as no key was ever made. Each of ``workers`` processes grants its
    share of a key's rate.
    """

    def __init__(
        self, read: Callable[[], Sequence[ApiKey]], *, required: bool, per_minute: float | None, workers: int = 1
    ) -> None:
        self._read = read
        self._required = required
        self._default = per_minute
        self._workers = workers
        self._callers: dict[str, tuple[str, Caller]] = {}
        self._nobody = Caller(limit=self._bucket(None))
        self.refreshed = float("-inf")
        self.refresh()

    def refresh(self) -> None:
        """Read the keys anew; a key that stays keeps its bucket."""
        keys = self._read()
        self._required = self._required or bool(keys)
        known = self._callers
        self._callers = {
            key.key_id: known[key.key_id] if key.key_id in known else (key.secret_hash, self._caller(key))
            for key in keys
            if key.revoked_at is None
        }
        self.refreshed = monotonic()

    @property
    def stale(self) -> bool:
        """Whether the keys should be read again."""
        return monotonic() - self.refreshed > REFRESH

    def _caller(self, key: ApiKey) -> Caller:
        return Caller(key.key_id, frozenset(key.scopes), self._bucket(key.per_minute))

    def _bucket(self, per_minute: float | None) -> TokenBucket | None:
        rate = self._default if per_minute is None else per_minute
        return None if rate is None else TokenBucket(rate / self._workers)

    def admit(self, scope: Scope, endpoint: Endpoint) -> Caller:
        """Return who asks for an endpoint.

        Raises
        ------
        RequestError
            401 without a valid key, 403 where the key may not do this, 429 where it asks too often.

        """
        if endpoint.permission is None:
            return self._nobody
        caller = self._caller_of(scope) if self._required else self._nobody
        if endpoint.permission not in caller.permissions:
            raise RequestError(
                "Authorization", f"this key may not do this; it needs the scope {endpoint.permission}", status=403
            )
        if caller.limit is not None and (wait := caller.limit.take()) > 0:
            raise RequestError.too_many("too many requests for this key", wait)
        return caller

    def _caller_of(self, scope: Scope) -> Caller:
        key_id, _, secret = _given_key(scope).removeprefix(PREFIX).partition("_")
        kept, caller = self._callers.get(key_id, ("", None))
        # Compared also where there is no such key, so that time tells nothing of which ids there are.
        if not hmac.compare_digest(hash_of(secret), kept or "0" * 64) or caller is None:
            raise RequestError(
                "Authorization",
                "no valid API key",
                status=401,
                hint="send Authorization: Bearer lq_..., made by leadquality keys create",
            )
        return caller


def _given_key(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value.decode("latin-1").partition(" ")
            return key.strip() if scheme.lower() == "bearer" else ""
        if name == b"x-api-key":
            return str(value.decode("latin-1")).strip()
    return ""
