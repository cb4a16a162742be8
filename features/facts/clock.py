"""Moments as whole microseconds since 1970-01-01 UTC, and the few ways that text becomes one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from features.errors import ConfigError

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: No duration reaches further: a hundred years.
LONGEST = 36_525 * DAY

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


def stamp() -> str:
    """Return the present moment to the second, as tags and manifests hold it: 2026-05-04T09:30:00Z."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_duration(text: str | float, *, where: str) -> int:
    """Return microseconds for ``7d``, ``36h``, ``2w``, ``30m``, ``10s``; a bare number is days.

    >>> parse_duration("36h", where="windows") // HOUR
    36
    """
    given = f"{text:f}" if isinstance(text, int | float) else text.strip().lower()
    match = _DURATION.fullmatch(f"{given}d" if given[-1:].isdigit() else given)
    if match is None or not float(match[1]) > 0:
        message = f"{where}: {text!r} is not a duration; expected a number above 0 and s, m, h, d or w, as in 30d"
        raise ConfigError(message)
    if float(match[1]) * _UNITS[match[2]] > LONGEST:
        raise ConfigError(f"{where}: {text!r} is longer than {LONGEST // DAY:,} days; expected no more, as in 30d")
    return round(float(match[1]) * _UNITS[match[2]])


def format_duration(microseconds: int) -> str:
    """Return the shortest text that :func:`parse_duration` reads back.

    >>> format_duration(36 * HOUR), format_duration(14 * DAY)
    ('36h', '14d')
    """
    for letter in "dhm":
        if microseconds % _UNITS[letter] == 0:
            return f"{microseconds // _UNITS[letter]}{letter}"
    return f"{microseconds / SECOND:g}s"


def parse_moment(text: str | datetime | date) -> int:
    """Return microseconds for an ISO 8601 text or a datetime; without an offset it is UTC.

    A bare date is the first instant of that day. Raises ValueError for anything else, a week (2026-W01) included.

    >>> parse_moment("2026-03-01T02:00:00+02:00") == parse_moment("2026-03-01")
    True
    """
    if isinstance(text, str):
        if "W" in text or "w" in text:
            raise ValueError(f"{text!r} names a week; expected a date or a time, as 2026-03-01")
        moment = datetime.fromisoformat(text.strip())
    elif isinstance(text, datetime):
        moment = text
    else:
        moment = datetime(text.year, text.month, text.day, tzinfo=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def is_date_only(text: str) -> bool:
    """Tell whether the text is a date with no time of day: such a fact is known at the end of that day."""
    return _DATE_ONLY.fullmatch(text.strip()) is not None


def format_moment(microseconds: int) -> str:
    """Return ISO 8601 with a Z, without needless fractions.

    >>> format_moment(parse_moment("2026-03-01"))
    '2026-03-01T00:00:00Z'
    """
    # Without a time zone to carry it takes a third of the time.
    return (_NAIVE_EPOCH + timedelta(microseconds=int(microseconds))).isoformat() + "Z"
