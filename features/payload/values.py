"""Single values of a request, read strictly: each reader returns the value or names the field at fault."""

from __future__ import annotations

import math
from typing import Any

from features.errors import PayloadError, did_you_mean
from features.facts.clock import MINUTE, format_moment, parse_moment

#: Longest id of a lead or colleague, in characters.
LONGEST_ID = 200
#: Longest text of an attribute, in characters.
LONGEST_VALUE = 1_000
#: How far ahead of our clock a caller's clock may run.
CLOCK_SKEW = 5 * MINUTE


def read_object(value: object, field: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return an object with none but these keys."""
    if not isinstance(value, dict):
        raise PayloadError(field, f"expected an object, got {kind_of(value)}")
    for key in value:
        if key not in keys:
            path = key if field == "lead" else f"{field}.{key}"
            raise PayloadError(path, "no such field", hint=did_you_mean(str(key), keys))
    return value


def read_list(value: object, field: str) -> list[Any]:
    """Return a list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise PayloadError(field, f"expected a list, got {kind_of(value)}")
    return value


def kind_of(value: object) -> str:
    """Return what JSON calls a value, as messages say it."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def read_text(value: object, field: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise PayloadError(field, f"expected text, got {kind_of(value)}")
    return value


def read_moment(value: object, field: str, now: int) -> int:
    """Return a moment in microseconds since 1970 UTC, one shortly after ``now`` as ``now``."""
    if not isinstance(value, str):
        raise PayloadError(field, f"expected a time as text, got {kind_of(value)}")
    try:
        moment = parse_moment(value)
    except (ValueError, OverflowError):
        raise PayloadError(field, f"{value[:40]!r} is not an ISO 8601 time") from None
    if moment < 0:
        raise PayloadError(field, f"{value[:40]!r} lies before 1970")
    if moment > now + CLOCK_SKEW:
        raise PayloadError(field, f"{value!r} lies in the future; it is now {format_moment(now)}")
    return min(moment, now)


def required_moment(holder: dict[str, Any], key: str, prefix: str, now: int) -> int:
    """Return the moment under a key that must be there."""
    if holder.get(key) is None:
        raise PayloadError(f"{prefix}{key}", "is missing; expected an ISO 8601 time")
    return read_moment(holder[key], f"{prefix}{key}", now)


def read_number(value: object, field: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PayloadError(field, f"expected a number, got {kind_of(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PayloadError(field, f"expected a finite number, got {value}")
    return number


def read_label(event: dict[str, Any], key: str, prefix: str) -> str | None:
    """Return a short text, None where it is missing or empty."""
    given = event.get(key)
    if given is None or given == "":
        return None
    text = read_text(given, f"{prefix}{key}")
    if len(text) > LONGEST_VALUE:
        raise PayloadError(f"{prefix}{key}", f"is longer than {LONGEST_VALUE:,} characters")
    return text


def read_id(holder: dict[str, Any], key: str, prefix: str) -> str:
    """Return an id, empty where there is none."""
    text = read_text(holder.get(key, ""), f"{prefix}{key}")
    if len(text) > LONGEST_ID:
        raise PayloadError(f"{prefix}{key}", f"is longer than {LONGEST_ID} characters")
    return text
