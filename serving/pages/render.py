"""HTML from the templates, with the headers that a page of ours has."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from features.facts.clock import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from starlette.responses import Response

#: Nothing but our own style sheet and forms: no script, no frame, no picture from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
MINUS = "\u2212"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates' environment: everything is escaped but what is marked as ours."""
    made = Environment(
        loader=PackageLoader("serving.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (percent, signed, day, moment, ago, count, plural, short, begun):
        made.filters[filter_.__name__] = filter_
    return made


def page(template: str, content: dict[str, Any], status: int = 200) -> Response:
    """Return a page."""
    text = environment().get_template(template).render(**content)
    return HTMLResponse(text, status, headers={"content-security-policy": POLICY})


def percent(probability: float | None) -> str:
    """Return a probability as a rep reads it.

    >>> percent(0.0671), percent(0.42), percent(0.0004), percent(None)
    ('6.7 %', '42 %', 'under 0.1 %', '–')
    """
    if probability is None:
        return "–"
    if probability < 0.001:
        return "under 0.1 %"
    if probability > 0.999:
        return "over 99.9 %"
    return f"{100 * probability:.{1 if probability < 0.0995 else 0}f} %"


def signed(points: float | None) -> str:
    """Return whole points with their sign.

    >>> signed(4.6), signed(-3), signed(0.2), signed(None)
    ('+5', '−3', '0', '–')
    """
    if points is None:
        return "–"
    whole = round(points)
    return "0" if whole == 0 else f"+{whole}" if whole > 0 else f"{MINUS}{-whole}"


def count(number: int) -> str:
    """Return a count with thousands apart.

    >>> count(100000)
    '100,000'
    """
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "lead"), plural(1200, "lead"), plural(2, "company", "companies")
    ('1 lead', '1,200 leads', '2 companies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _utc(at: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=at)


def day(at: int | None) -> str:
    """Return a moment's day.

    >>> day(1_750_000_000_000_000)
    '15 Jun 2025'
    """
    return "–" if at is None else f"{_utc(at):%-d %b %Y}"


def moment(at: int | None) -> str:
    """Return a moment to the minute.

    >>> moment(1_750_000_000_000_000)
    '15 Jun 2025, 15:06 UTC'
    """
    return "–" if at is None else f"{_utc(at):%-d %b %Y, %H:%M} UTC"


def ago(at: int | None, now: int) -> str:
    """Return how long ago a moment is.

    >>> ago(0, 90 * 60_000_000), ago(0, 26 * 3_600_000_000), ago(5, 6), ago(None, 0)
    ('1 hour ago', '1 day ago', 'just now', 'never')
    """
    if at is None:
        return "never"
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if now - at >= size:
            return f"{plural((now - at) // size, name)} ago"
    return "just now"


def begun(text: str) -> str:
    """Return a text as a sentence begins.

    >>> begun("of 29 leads of grade A")
    'Of 29 leads of grade A'
    """
    return text[:1].upper() + text[1:]


def short(text: str | None, most: int = 60) -> str:
    """Return a text cut to a length, for places that hold no more.

    >>> short("abcdef", 4), short(None)
    ('abc…', '')
    """
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"
