"""Everything that is not an answer, in one flat shape whose keys and types never change."""

from __future__ import annotations

import logging
import re
import traceback
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from starlette.responses import Response

from features.errors import LeadQualityError, PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Longest text of one error field: what it quotes is the caller's, and may be of any length.
LONGEST_TEXT = 500

_log = logging.getLogger("serving")
_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_REQUEST_ID = "leadquality.request_id"


class RequestError(LeadQualityError):
    """A request refused before its lead is read; ``field`` names the body, parameter or header at fault."""

    def __init__(self, field: str, message: str, *, status: int = 400, hint: str | None = None) -> None:
        self.field = field
        self.status = status
        super().__init__(f"{field}: {message}", hint=hint)


def error_response(
    scope: Scope,
    status: int,
    message: str,
    *,
    field: str = "",
    hint: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error as flat JSON; a key that does not apply is empty text, since callers map types."""
    content = {
        "status": "error",
        "field": field[:LONGEST_TEXT],
        "message": message[:LONGEST_TEXT],
        "hint": hint[:LONGEST_TEXT],
        "request_id": scope.get(_REQUEST_ID, ""),
    }
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


async def on_request_error(request: Request, error: Exception) -> Response:
    """Answer a request or lead that breaks the contract."""
    if not isinstance(error, RequestError | PayloadError):
        raise error
    status = error.status if isinstance(error, RequestError) else 400
    return error_response(request.scope, status, error.message, field=error.field, hint=error.hint or "")


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer a path or method that there is not."""
    status, headers = _status_of(error)
    method, path = request.method, request.url.path
    message = {404: f"no such path: {path}", 405: f"{method} is not allowed on {path}"}.get(status, str(error))
    hint = f"allowed: {headers['Allow']}" if "Allow" in headers else "GET / lists the paths"
    return error_response(request.scope, status, message, hint=hint, headers=headers)


def _status_of(error: Exception) -> tuple[int, Mapping[str, str]]:
    found: HTTPException = error  # type: ignore[assignment]  # Starlette hands over what was registered
    return found.status_code, found.headers or {}


class Guard:
    """ASGI middleware: an ``X-Request-ID`` on every response, and our own 500 for whatever was not foreseen.

    ``observe`` is told path, status and seconds of every answer.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[str, int, float], None]) -> None:
        self.app = app
        self.observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and see to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        since = perf_counter()
        request_id = scope[_REQUEST_ID] = _request_id(scope["headers"])
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            log_failure(error, scope["path"], request_id)
            if status:
                raise
            response = error_response(scope, 500, "internal error", hint="the log has more under request_id")
            await response(scope, receive, send_with_id)
        finally:
            self.observe(scope["path"], status, perf_counter() - since)


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return value.decode()
    return uuid4().hex


def log_failure(error: Exception, path: str, request_id: str) -> None:
    """Log where an error arose; not its text, which may quote a person's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request %s to %s failed: %s\n%s", request_id, path, type(error).__name__, frames)


def plain_json(content: Mapping[str, Any]) -> Response:
    """Return a successful response."""
    return Response(orjson.dumps(content), media_type="application/json")
