"""Everything that is not an answer, in one flat shape whose keys and types never change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

import orjson
from starlette.responses import Response

from features.errors import LeadQualityError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Longest text of one error field: what it quotes is the caller's, and may be of any length.
LONGEST_TEXT = 500


class RequestError(LeadQualityError):
    """A request refused; ``field`` names the body, parameter or header at fault.

    ``retry_after`` is in seconds, None where to ask again would not help. ``key_id`` names who asked, where that
    was found out although the request is refused.
    """

    def __init__(
        self,
        field: str,
        message: str,
        *,
        status: int = 400,
        hint: str | None = None,
        retry_after: float | None = None,
        key_id: str = "",
    ) -> None:
        self.key_id = key_id
        self.field = field
        self.status = status
        self.retry_after = retry_after
        super().__init__(f"{field}: {message}" if field else message, hint=hint)

    @classmethod
    def unknown_parameter(cls, name: str, known: Iterable[str]) -> Self:
        """Return the error of a parameter that the path does not know."""
        return cls(name[:60], "no such parameter", hint=did_you_mean(name, known))

    @classmethod
    def too_many(cls, message: str, retry_after: float, key_id: str = "") -> Self:
        """Return the error of a caller who asks too much at once."""
        hint = "ask again after Retry-After"
        return cls("", message, status=429, hint=hint, retry_after=retry_after, key_id=key_id)

    @classmethod
    def unavailable(cls, message: str, hint: str | None) -> Self:
        """Return the error of a part of the service that is not to be had just now."""
        return cls("", message, status=503, hint=hint, retry_after=1.0)


def error_response(
    request_id: str,
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
        "field": whole(field),
        "message": whole(message),
        "hint": whole(hint),
        "request_id": request_id,
    }
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def whole(text: str) -> str:
    """Return the text as it can be sent: cut, and without halves of characters."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


def retry_after(seconds: float, unit: str) -> str:
    """Return the header's value, rounded up: HTTP has whole seconds, HubSpot reads milliseconds.

    >>> retry_after(1.5, "s"), retry_after(1.5, "ms")
    ('2', '1500')
    """
    return str(max(1, math.ceil(seconds * 1000 if unit == "ms" else seconds)))
