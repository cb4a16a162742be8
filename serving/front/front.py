"""The ASGI application around the routes: ids, keys and limits on the way in, errors and figures after."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from secrets import token_hex
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from features.errors import PayloadError
from serving.front.call import Call
from serving.front.callers import REFRESH, TOO_OLD, Caller
from serving.front.errors import RequestError, error_response, retry_after
from serving.front.hosts import Hosts
from serving.front.log import log, say
from serving.ledger import LedgerBusy, LedgerError, LedgerRefused, LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from serving.front.callers import KeyRing
    from serving.front.routes import Endpoint, RouteTable
    from serving.scoring.reload import Reloader

#: Requests that one worker works on or waits for at once; beyond it, it says so at once rather than slow down.
MOST_AT_ONCE = 512
#: A request that takes longer, in seconds, is logged.
SLOW = 1.0
#: Seconds before the log says again what is wrong with the ledger, in the same words.
SAY_AGAIN = 600.0

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
#: On every answer. Nothing of it may be kept, framed, guessed at or run.
SECURITY = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
#: Who asks, as long as that is not known.
NOBODY = Caller(permissions=frozenset())
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Front:
    """Answers every HTTP request with one of the routes, or with an error of our own shape.

    ``observe`` is told the route's path, status and seconds of every answer.
    """

    def __init__(
        self,
        routes: RouteTable,
        keys: KeyRing,
        observe: Callable[[str, int, float], None],
        *,
        most_at_once: int = MOST_AT_ONCE,
        hosts: Hosts | None = None,
    ) -> None:
        self.routes = routes
        self.keys = keys
        self.observe = observe
        self.most_at_once = most_at_once
        self.hosts = hosts or Hosts(None)
        self.at_once = 0
        #: What the worker runs beside the requests.
        self.reloader: Reloader | None = None
        self._refreshing: asyncio.Task[None] | None = None
        #: What was said last of the ledger, and when.
        self._said = "", float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await refuse_socket(send)
            self.observe("other", 403, 0.0)
            return
        if scope["type"] != "http":
            return
        since = perf_counter()
        request_id = _request_id(scope)
        endpoint, params = self.routes.find(scope["method"], scope["path"], scope.get("raw_path"))
        self.at_once += 1
        call = Call(scope, receive, request_id, NOBODY, params)
        try:
            response = await self._respond(call, endpoint)
        finally:
            self.at_once -= 1
        _complete(response, request_id)
        await response(scope, receive, send)
        self._note(call, response.status_code, endpoint, perf_counter() - since)

    async def _respond(self, call: Call, endpoint: Endpoint | None) -> Response:
        """Return the route's answer, or the error in its place."""
        try:
            if endpoint is None:
                return self._not_found(call.scope, call.request_id)
            if self.keys.age > REFRESH:
                await self._refresh_keys(endpoint)
            self._make_room(endpoint)
            if not self.keys.required and not endpoint.always:
                self.hosts.check(call.scope)
            call.caller = self.keys.admit(call.scope, endpoint)
            return await endpoint.handler(call)
        except (RequestError, PayloadError, LedgerError) as error:
            if isinstance(error, LedgerUnavailable):
                self._say_of_ledger(error)
            if isinstance(error, RequestError) and error.key_id:
                # For the log: whose key it was that may not, or not so often.
                call.caller = Caller(error.key_id, frozenset())
            return _refusal(error, call.request_id, "s" if endpoint is None else endpoint.retry_in)
        except Exception as error:
            log_failure(error, _path_of(endpoint), call.request_id)
            hint = "the log has more under request_id"
            return error_response(call.request_id, 500, "internal error", hint=hint)

    def _make_room(self, endpoint: Endpoint) -> None:
        if self.at_once > self.most_at_once and not endpoint.always:
            raise RequestError.too_many("the service has more requests than it takes at once", 1.0)

    def _not_found(self, scope: Scope, request_id: str) -> Response:
        method, path = scope["method"], scope["path"]
        allowed = self.routes.allowed(path, scope.get("raw_path"))
        if not allowed:
            return error_response(request_id, 404, f"no such path: {path}", hint="GET / lists the paths")
        headers = {"Allow": ", ".join(allowed)}
        message, hint = f"{method} is not allowed on {path}", f"allowed: {', '.join(allowed)}"
        return error_response(request_id, 405, message, hint=hint, headers=headers)

    async def _refresh_keys(self, endpoint: Endpoint) -> None:
        """Read the keys again beside the requests, which wait for it only where those known are too old."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._read_keys())
        if self.keys.age > TOO_OLD and not endpoint.always:
            await asyncio.shield(self._refreshing)

    async def _read_keys(self) -> None:
        try:
            await asyncio.to_thread(self.keys.refresh)
        except LedgerError as error:
            self._say_of_ledger(error)
            say(logging.INFO, "the API keys cannot be read, those known stay")

    def _say_of_ledger(self, error: LedgerError) -> None:
        """Log why the ledger is not to be had: once, not with every request."""
        words, when = self._said
        if error.message != words or monotonic() - when > SAY_AGAIN:
            self._said = error.message, monotonic()
            say(logging.ERROR, "the ledger is not to be had", why=error.message, hint=error.hint or "")

    def _note(self, call: Call, status: int, endpoint: Endpoint | None, seconds: float) -> None:
        path = _path_of(endpoint)
        self.observe(path, status, seconds)
        level = logging.ERROR if status >= 500 else logging.WARNING if seconds > SLOW else logging.INFO
        if log.isEnabledFor(level):
            say(
                level,
                "request",
                request_id=call.request_id,
                method=call.scope["method"] if endpoint is not None else "",
                path=path,
                status=status,
                ms=round(seconds * 1000, 2),
                key=call.caller.key_id,
            )


async def refuse_socket(send: Send) -> None:
    """Refuse a WebSocket: none is spoken here, whatever the path. Closed before it is accepted, it is a 403."""
    await send({"type": "websocket.close", "code": 1008, "reason": ""})


def _path_of(endpoint: Endpoint | None) -> str:
    """Return the route's own path: as it was asked, it may hold anything."""
    return "other" if endpoint is None else endpoint.path


def _refusal(error: RequestError | PayloadError | LedgerError, request_id: str, unit: str) -> Response:
    if isinstance(error, LedgerBusy):
        error = RequestError.too_many(error.message, 1.0)
    elif isinstance(error, LedgerUnavailable):
        error = RequestError.unavailable("the ledger is not to be had; nothing was answered or kept", error.hint)
    elif isinstance(error, LedgerRefused):
        error = RequestError(error.field, error.message.partition(": ")[2], hint=error.hint)
    elif isinstance(error, LedgerError):
        error = RequestError.unavailable("the ledger cannot be used", error.hint)
    status = error.status if isinstance(error, RequestError) else 400
    headers = {}
    if isinstance(error, RequestError) and error.retry_after is not None:
        headers["Retry-After"] = retry_after(error.retry_after, unit)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return error_response(
        request_id, status, error.message, field=error.field, hint=error.hint or "", headers=headers
    )


def _complete(response: Response, request_id: str) -> None:
    """Add the headers that every answer has."""
    headers = response.raw_headers
    headers.append((b"x-request-id", request_id.encode()))
    headers.extend(SECURITY)
    if not any(name == b"content-security-policy" for name, _ in headers):
        headers.append(_POLICY)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value.decode())
    return token_hex(16)


def log_failure(error: Exception, path: str, request_id: str) -> None:
    """Log where an error arose; not its text, which may quote a person's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    say(logging.ERROR, "failed", request_id=request_id, path=path, error=type(error).__name__, where=frames)
