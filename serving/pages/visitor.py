"""Who looks at the pages: a key that signed in, a person whom a reverse proxy names, or anybody where all may."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from features.facts.clock import HOUR
from serving.pages.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.front.call import Call
    from serving.front.callers import Caller, KeyRing

COOKIE = "leadquality"
#: A session ends so long after it began.
LASTS = 12 * HOUR
#: What somebody may do whom the reverse proxy vouches for: what sales reps do.
REP = frozenset(("read", "ingest"))
_MOST_COOKIES = 16_000
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, what they may do, and what proves that a form came from one of our pages.

    ``cookie`` is a header's value to send where the browser has none yet.
    """

    name: str
    permissions: frozenset[str]
    token: str
    cookie: str | None = None
    signed_in: bool = False

    @property
    def may_judge(self) -> bool:
        """Whether they may accept or reject a lead."""
        return "ingest" in self.permissions

    @property
    def may_score(self) -> bool:
        """Whether they may have a lead scored anew."""
        return bool({"score", "ingest"} & self.permissions)

    @property
    def is_admin(self) -> bool:
        """Whether they see what only those who run the service should."""
        return "admin" in self.permissions


class Gate:
    """Lets visitors in.

    A session is a cookie that the ledger's own secret signs, so that every worker knows it and nothing is kept. It
    names the key, never holds it, and ends with it: a key that is revoked is out at its next request. ``header``
    names the one in which a reverse proxy says who somebody is; without it none is believed.
    """

    def __init__(
        self, keys: KeyRing, secret: Callable[[], str], clock: Callable[[], int], header: str | None = None
    ) -> None:
        self.keys = keys
        self.clock = clock
        self._secret_of = secret
        self._secret: bytes | None = None
        self._header = None if header is None else header.lower().encode("latin-1")

    def admit(self, call: Call) -> Visitor | None:
        """Return who looks, None where they have to sign in first.

        Raises
        ------
        Refused
            The key asks too often.

        """
        key_id, nonce = self._session(call)
        cookie = None
        if not nonce:
            nonce = secrets.token_urlsafe(16)
            cookie = self._cookie(call, "", nonce)
        token = self._sign(f"form\0{nonce}")
        named = "" if self._header is None else _utf8(call.header(self._header))[:_LONGEST_NAME].strip()
        if named:
            return Visitor(f"proxy:{named}", REP, token, cookie)
        if key_id and (caller := self.keys.of_id(key_id)) is not None and "read" in caller.permissions:
            self._take(caller)
            return Visitor(key_id, caller.permissions, token, signed_in=True)
        # Where a proxy is to say who somebody is, nobody comes in without being named.
        if self._header is None and not self.keys.required:
            self._take(self.keys.nobody)
            return Visitor("", self.keys.nobody.permissions, token, cookie)
        return None

    def _take(self, caller: Caller) -> None:
        """Count a page as a request of its key."""
        if caller.limit is not None and caller.limit.take() > 0:
            raise Refused(429, "Your key asked for more than it may in a minute. Load the page again soon.")

    def sign_in(self, call: Call, key: str) -> str:
        """Return the cookie of a new session.

        Raises
        ------
        Refused
            The key is none, or may not read.

        """
        caller = self.keys.of_key(key.strip())
        if caller is None:
            raise Refused(403, "This is no key of this service, or it was revoked.")
        if "read" not in caller.permissions:
            raise Refused(403, "This key may not read: ask for one with the scopes read and ingest.")
        return self._cookie(call, caller.key_id, secrets.token_urlsafe(16))

    def sign_out(self, call: Call) -> str:
        """Return the cookie that ends a session in this browser."""
        return f"{self._cookie(call, '', '')}; Max-Age=0"

    def comes_from_here(self, call: Call) -> bool:
        """Tell whether a form may have come from one of our pages, as far as the browser says."""
        return same_site(call)

    def check_form(self, call: Call, visitor: Visitor, token: str) -> None:
        """Hold a form to having come from one of our pages, in this browser.

        Raises
        ------
        Refused
            It did not, or the session it was shown in has ended.

        """
        if not same_site(call):
            raise other_site()
        if not hmac.compare_digest(token.encode(), visitor.token.encode()):
            raise Refused(403, "Nothing was done: this form is of an earlier session. Load the page again.")

    def _session(self, call: Call) -> tuple[str, str]:
        """Return key id and nonce of a valid session, empty texts where there is none."""
        found = _cookie_of(call.header(b"cookie")[:_MOST_COOKIES])
        parts = found.split(".")
        if len(parts) != 4:
            return "", ""
        key_id, expires, nonce, signature = parts
        expected = self._sign(f"session\0{key_id}\0{expires}\0{nonce}")
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            return "", ""
        return (key_id, nonce) if int(expires) > self.clock() else ("", "")

    def _cookie(self, call: Call, key_id: str, nonce: str) -> str:
        expires = self.clock() + LASTS
        signature = self._sign(f"session\0{key_id}\0{expires}\0{nonce}")
        # Behind a proxy that speaks TLS the cookie never travels without it.
        secure = "; Secure" if call.header(b"x-forwarded-proto") == "https" else ""
        return f"{COOKIE}={key_id}.{expires}.{nonce}.{signature}; Path=/; HttpOnly; SameSite=Strict{secure}"

    def _sign(self, text: str) -> str:
        if self._secret is None:
            # Another use of the ledger's secret than its own gets a key of its own.
            self._secret = hmac.digest(self._secret_of().encode(), b"leadquality pages", hashlib.sha256)
        return hmac.digest(self._secret, text.encode(), hashlib.sha256).hex()


def other_site() -> Refused:
    """Return why a form of another site's page is not carried out."""
    hint = "Behind a reverse proxy: it must hand the Host header on as it came."
    return Refused(403, "This form came from another site, and nothing was done.", hint)


def _cookie_of(text: str) -> str:
    """Return our cookie's value: whatever form other cookies of the same host have, they are theirs."""
    for part in text.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _utf8(text: str) -> str:
    """Return a header's text as proxies write it: UTF-8, else Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def same_site(call: Call) -> bool:
    """Tell whether a browser says that a request came from a page of this same host."""
    fetched = call.header(b"sec-fetch-site")
    if fetched and fetched not in {"same-origin", "none"}:
        return False
    origin = call.header(b"origin")
    # A page that names no referrer has its forms sent with the origin "null".
    if not origin or (origin == "null" and fetched == "same-origin"):
        return True
    try:
        return urlsplit(origin).netloc == call.header(b"host")
    except ValueError:
        return False
