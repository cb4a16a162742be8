"""Successful answers as JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain_json(content: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def finite_json(content: Mapping[str, Any]) -> Response:
    """Return an answer with numbers in it as JSON.

    Raises
    ------
    ValueError
        A number is not finite. orjson would write null, and a caller must never see a score of nothing.

    """
    for value in content.values():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("an answer holds a number that is not finite")
    return plain_json(content)
