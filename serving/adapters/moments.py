"""Times as callers write them, each in a form that the mapping declares: nothing is guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from features.facts.clock import DAY, format_moment, is_date_only, parse_moment
from features.payload.values import CLOCK_SKEW, kind_of
from serving.adapters.values import BadValueError

#: Forms that have a name; any other is a pattern as ``%d.%m.%Y %H:%M``.
FORMS = ("iso", "date", "us", "epoch_ms", "epoch_s")

_DIGITS = re.compile(r"-?[0-9]{1,16}")
_US = re.compile(
    r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})"
    r"(?:,? +(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?: *(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_TICK = {"epoch_ms": 1_000, "epoch_s": 1_000_000}
_END = 253_402_300_800_000_000


class Moment(NamedTuple):
    """When something was, and when it could first be known: at the day's end where only the day is told."""

    at: int
    known_at: int


def read_moment(given: object, forms: tuple[str, ...], zone: str, now: int) -> Moment | None:
    """Return a moment in microseconds since 1970 UTC, None for an empty value or a zero, which stands for none.

    ``zone`` is that of times which name no offset. A little ahead of ``now`` is the callers' clock; more raises
    BadValueError, as does what is in none of the forms.

    >>> read_moment("1700000000000", ("epoch_ms",), "UTC", 2 * 10**15).at
    1700000000000000
    """
    if isinstance(given, bool | list | dict):
        raise BadValueError(f"expected a time, got {kind_of(given)}")
    if isinstance(given, str):
        given = given.strip()
    if given is None or given in {"", "0", 0}:
        return None
    for form in forms:
        found = _read(given, form, zone)
        if found is not None:
            return _within(found, given, now)
    raise BadValueError(f"{_short(given)} is no time in the form {' or '.join(forms)}")


def _read(given: object, form: str, zone: str) -> Moment | None:
    if form in _TICK:
        return _from_epoch(given, _TICK[form])
    if not isinstance(given, str):
        return None
    try:
        return _from_text(given, form, zone)
    except (ValueError, OverflowError):
        return None


def _from_text(given: str, form: str, zone: str) -> Moment | None:
    if form in {"iso", "date"} and is_date_only(given):
        return _of_day(given, zone)
    if form == "iso":
        return _exact(_iso(given), zone)
    if form == "us":
        return _from_us(given, zone)
    return None if form == "date" else _exact(datetime.strptime(given, form), zone)


def _from_epoch(given: object, tick: int) -> Moment | None:
    if isinstance(given, float):
        given = int(given) if given.is_integer() and abs(given) < 2**53 else None
    if isinstance(given, str):
        given = int(given) if _DIGITS.fullmatch(given) else None
    if not isinstance(given, int):
        return None
    return Moment(given * tick, given * tick)


def _iso(text: str) -> datetime:
    if "W" in text or "w" in text:
        raise ValueError("a week is no time")
    return datetime.fromisoformat(text)


def _from_us(text: str, zone: str) -> Moment | None:
    match = _US.fullmatch(text)
    if match is None:
        return None
    day = datetime(int(match["year"]), int(match["month"]), int(match["day"]))
    if match["hour"] is None:
        return _of_day(day.date().isoformat(), zone)
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return _exact(day.replace(hour=hour, minute=int(match["minute"]), second=int(match["second"] or 0)), zone)


def _exact(moment: datetime, zone: str) -> Moment:
    at = parse_moment(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone_of(zone)))
    return Moment(at, at)


def _of_day(text: str, zone: str) -> Moment:
    start = _exact(datetime.fromisoformat(text), zone).at
    return Moment(start, start + DAY)


@cache
def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name, as ``Europe/Berlin``; raises ValueError where there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{name[:60]!r} is no time zone; write it as Europe/Berlin or UTC") from error


def _within(found: Moment, given: object, now: int) -> Moment:
    if found.at < 0 or found.at >= _END:
        raise BadValueError(f"{_short(given)} lies before 1970 or after 9999")
    if found.at > now + CLOCK_SKEW:
        raise BadValueError(f"{_short(given)} lies in the future; it is now {format_moment(now)}")
    # A day that is not over: what it tells is known now.
    return found if found.known_at <= now else Moment(found.at, max(found.at, now))


def _short(given: object) -> str:
    return repr(given)[:42]
