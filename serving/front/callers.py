"""Who asks: API keys, what each may do, and how often."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from serving.front.errors import RequestError
from serving.front.limits import Limit
from serving.front.routes import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Scope

    from serving.front.limits import SharedTable
    from serving.front.routes import Endpoint
    from serving.ledger import ApiKey

#: How every key begins: a scanner of logs and repositories can find one that strayed.
PREFIX = "lq_"
#: Seconds after which the keys are read again beside the requests, and after which a request waits for it.
REFRESH = 2.0
TOO_OLD = 4.0
#: Longest key that is looked at; ours have 56 characters.
_LONGEST = 200


def hash_of(secret: str) -> str:
    """Return what is kept of a key's secret: its SHA-256.

    The secret has 256 random bits, so that nothing slower is needed, as it would be for a password.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def make_key() -> tuple[str, str, str]:
    """Return a new key's id, the whole key to hand out once, and the hash to keep."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    return key_id, f"{PREFIX}{key_id}_{secret}", hash_of(secret)


@dataclass(slots=True)
class Caller:
    """Somebody who asks: the id of the key, or empty text where no key is needed."""

    key_id: str = ""
    permissions: frozenset[str] = frozenset(PERMISSIONS)
    limit: Limit | None = None


class KeyRing:
    """The keys that are valid now, as ``read`` last gave them.

    ``required`` False lets everybody in as long as no key was ever made. ``per_minute`` limits keys without a
    limit of their own, and those who come without one. With several ``workers`` the allowances are in ``shared``;
    without it, each process grants its share.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[ApiKey]],
        *,
        required: bool,
        per_minute: float | None,
        workers: int = 1,
        shared: SharedTable | None = None,
    ) -> None:
        self._read = read
        self._required = required
        self._default = per_minute
        self._share = workers if shared is None else 1
        self._shared = shared
        self._callers: dict[str, tuple[str, Caller]] = {}
        self._nobody = Caller(limit=self._limit("", None))
        self.refreshed = float("-inf")
        self.refresh()

    def refresh(self) -> None:
        """Read the keys anew; a key that stays keeps its allowance.

        Raises
        ------
        LedgerError
            They cannot be read; those known stay.

        """
        asked = monotonic()
        try:
            keys = self._read()
        finally:
            # Whether it succeeds or not: a ledger that is down must not make every request wait for it.
            self.refreshed = asked
        self._required = self._required or bool(keys)
        known = self._callers
        self._callers = {
            key.key_id: known[key.key_id] if key.key_id in known else (key.secret_hash, self._caller(key))
            for key in keys
            if key.revoked_at is None
        }

    @property
    def age(self) -> float:
        """Seconds since the keys were last read."""
        return monotonic() - self.refreshed

    def _caller(self, key: ApiKey) -> Caller:
        return Caller(key.key_id, frozenset(key.scopes), self._limit(key.key_id, key.per_minute))

    def _limit(self, name: str, per_minute: float | None) -> Limit | None:
        rate = self._default if per_minute is None else per_minute
        return None if rate is None else Limit(rate / self._share, self._shared, name)

    @property
    def required(self) -> bool:
        """Whether nobody is let in without a key."""
        return self._required

    @property
    def nobody(self) -> Caller:
        """Who comes without a key where none is required."""
        return self._nobody

    def of_key(self, given: str) -> Caller | None:
        """Return whose key this is, None where it is none that holds."""
        key_id, _, secret = given[:_LONGEST].removeprefix(PREFIX).partition("_")
        kept, caller = self._callers.get(key_id, ("", None))
        # Compared also where there is no such key, so that time tells nothing of which ids there are.
        same = hmac.compare_digest(hash_of(secret), kept or "0" * 64)
        return caller if same and given.startswith(PREFIX) else None

    def of_id(self, key_id: str) -> Caller | None:
        """Return the caller of a key that still holds, None where it was revoked."""
        return self._callers.get(key_id, ("", None))[1]

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
            message = f"this key may not do this; it needs the scope {endpoint.permission}"
            raise RequestError("Authorization", message, status=403, key_id=caller.key_id)
        if caller.limit is not None and (wait := caller.limit.take()) > 0:
            raise RequestError.too_many("too many requests for this key", wait, caller.key_id)
        return caller

    def _caller_of(self, scope: Scope) -> Caller:
        caller = self.of_key(_given_key(scope))
        if caller is None:
            raise RequestError(
                "Authorization",
                "no valid API key",
                status=401,
                hint="send Authorization: Bearer lq_..., made by leadquality keys create",
            )
        return caller


def _given_key(scope: Scope) -> str:
    """Return the key of a request: a bearer token, else X-API-Key.

    Whatever else stands in Authorization may be a proxy's.
    """
    other = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value[:_LONGEST].decode("latin-1").partition(" ")
            if scheme.lower() == "bearer":
                return str(key.strip())
        elif name == b"x-api-key":
            other = value[:_LONGEST].decode("latin-1").strip()
    return other
