"""The ASGI application around the routes: ids, keys and limits on the way in, errors and figures after."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from features.errors import PayloadError
from serving.front.call import Call
from serving.front.errors import RequestError, error_response, retry_after
from serving.ledger import LedgerBusy, LedgerError, LedgerRefused, LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from serving.front.callers import KeyRing
    from serving.front.routes import Endpoint, RouteTable

#: Requests that one worker works on or waits for at once; beyond it, it says so at once rather than slow down.
MOST_AT_ONCE = 512
#: A request that takes longer, in seconds, is logged.
SLOW = 1.0

_log = logging.getLogger("serving")
_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
#: On every answer. Nothing of it may be kept, framed, guessed at or run.
SECURITY = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
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
    ) -> None:
        self.routes = routes
        self.keys = keys
        self.observe = observe
        self.most_at_once = most_at_once
        self.at_once = 0
        self._refreshing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            # No websockets here; a server sees the connection refused.
            return
        since = perf_counter()
        request_id = _request_id(scope)
        endpoint, params = self.routes.find(scope["method"], scope["path"])
        self.at_once += 1
        try:
            response = await self._respond(scope, receive, request_id, endpoint, params)
        finally:
            self.at_once -= 1
        _complete(response, request_id)
        await response(scope, receive, send)
        self._note(scope, response.status_code, endpoint, request_id, perf_counter() - since)

    async def _respond(
        self,
        scope: Scope,
        receive: Receive,
        request_id: str,
        endpoint: Endpoint | None,
        params: dict[str, str],
    ) -> Response:
        """Return the route's answer, or the error in its place."""
        try:
            if endpoint is None:
                return self._not_found(scope, request_id)
            if self.keys.stale:
                self._refresh_keys()
            self._make_room(endpoint)
            caller = self.keys.admit(scope, endpoint)
            return await endpoint.handler(Call(scope, receive, request_id, caller, params))
        except (RequestError, PayloadError, LedgerError) as error:
            return _refusal(error, request_id, "s" if endpoint is None else endpoint.retry_in)
        except Exception as error:
            log_failure(error, scope["path"], request_id)
            return error_response(request_id, 500, "internal error", hint="the log has more under request_id")

    def _make_room(self, endpoint: Endpoint) -> None:
        # Whether the service lives and is ready must be told however busy it is.
        if self.at_once > self.most_at_once and endpoint.permission is not None:
            raise RequestError.too_many("the service has more requests than it takes at once", 1.0)

    def _not_found(self, scope: Scope, request_id: str) -> Response:
        method, path = scope["method"], scope["path"]
        allowed = self.routes.allowed(path)
        if not allowed:
            return error_response(request_id, 404, f"no such path: {path}", hint="GET / lists the paths")
        headers = {"Allow": ", ".join(allowed)}
        message, hint = f"{method} is not allowed on {path}", f"allowed: {', '.join(allowed)}"
        return error_response(request_id, 405, message, hint=hint, headers=headers)

    def _refresh_keys(self) -> None:
        """Read the keys again beside the requests; those known go on meanwhile."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._read_keys())

    async def _read_keys(self) -> None:
        try:
            await asyncio.to_thread(self.keys.refresh)
        except LedgerError as error:
            _log.warning("the API keys cannot be read, those known stay: %s", error.message)

    def _note(self, scope: Scope, status: int, endpoint: Endpoint | None, request_id: str, seconds: float) -> None:
        path = "other" if endpoint is None else endpoint.path
        self.observe(path, status, seconds)
        if status >= 500 or seconds > SLOW:
            level = logging.ERROR if status >= 500 else logging.WARNING
            _log.log(level, "%s %s %d %.3f s, request %s", scope["method"], path, status, seconds, request_id)
        elif _log.isEnabledFor(logging.INFO):
            _log.info("%s %s %d %.4f s, request %s", scope["method"], path, status, seconds, request_id)


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
    return uuid4().hex


def log_failure(error: Exception, path: str, request_id: str) -> None:
    """Log where an error arose; not its text, which may quote a person's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request %s to %s failed: %s\n%s", request_id, path, type(error).__name__, frames)
