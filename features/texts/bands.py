"""Numbers of employees and revenues from messy text, as one number and as one of a fixed row of bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from features.texts.spans import Span, is_one_person, span

if TYPE_CHECKING:
    from collections.abc import Sequence

#: An open band ("10,000+") counts as its lower end times this. Sizes of companies fall off about as 1 / size, and
#: where they do, half of all companies above a size lie below twice that size.
OPEN_END_FACTOR = 2.0

#: Nothing above is a size of a company; it is a telephone number or a registration number in the wrong column.
MOST_EMPLOYEES = 10_000_000
MOST_REVENUE = 1e13

EMPLOYEE_BANDS = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+")
_EMPLOYEE_ENDS = (10, 50, 200, 500, 1000, 5000, 10_000)

REVENUE_BANDS = ("under 1M", "1M-10M", "10M-50M", "50M-100M", "100M-500M", "500M-1B", "over 1B")
_REVENUE_STARTS = (1e6, 1e7, 5e7, 1e8, 5e8, 1e9)


def employees(text: str) -> float | None:
    """Return a number of people: the number itself, or the geometric middle of a band.

    An open band counts as its lower end times ``OPEN_END_FACTOR``, and "< 10" or "0-10" as half of the upper end,
    at least 1. None for what is no number of people: 0 stands in exports for "not known".

    >>> employees("250 people"), employees("10,000+"), employees("< 10"), employees("self-employed")
    (250.0, 20000.0, 5.0, 1.0)
    >>> round(employees("1,001 to 5,000"))
    2237
    >>> employees("11-Oct") is None, employees("0") is None
    (True, True)
    """
    found = _people(text)
    return None if found is None else max(1.0, _middle(found))


def employee_band(text: str) -> str | None:
    """Return the band of ``EMPLOYEE_BANDS`` that holds the middle of what the text says.

    An open band is the one that begins there: "500+" is 501-1000.

    >>> employee_band("10–50 Mitarbeiter"), employee_band("1.001-5.000"), employee_band("10,000+")
    ('11-50', '1001-5000', '10001+')
    """
    found = _people(text)
    if found is None:
        return None
    people = round(max(1.0, _at_the_open_end(found, step=1.0)))
    return EMPLOYEE_BANDS[sum(people > end for end in _EMPLOYEE_ENDS)]


def revenue(text: str) -> float | None:
    """Return a revenue in units of its currency, whichever that is: the number itself, or the middle of a band.

    Open bands count as for ``employees``; "0" is 0, as of a company that sells nothing yet.

    >>> revenue("USD 1.5bn"), revenue("€500k"), revenue("100M+"), round(revenue("$10M-$50M"))
    (1500000000.0, 500000.0, 200000000.0, 22360680)
    >>> revenue("n/a") is None, revenue("-5") is None
    (True, True)
    """
    found = _money(text)
    return None if found is None else _middle(found)


def revenue_band(text: str) -> str | None:
    """Return the band of ``REVENUE_BANDS`` that holds the middle of what the text says; 10M is in 10M-50M.

    >>> revenue_band("10 - 50 Mio. EUR"), revenue_band("1,000,000"), revenue_band("500M+")
    ('10M-50M', '1M-10M', '500M-1B')
    """
    found = _money(text)
    if found is None:
        return None
    money = _at_the_open_end(found, step=0.0)
    return REVENUE_BANDS[sum(money >= start for start in _REVENUE_STARTS)]


def _people(text: str) -> Span | None:
    if is_one_person(text):
        return Span(1.0, 1.0)
    found = _within(span(text, "employees"), MOST_EMPLOYEES)
    return found if found is not None and max(_ends(found)) >= 1 else None


def _money(text: str) -> Span | None:
    found = _within(span(text, "revenue"), MOST_REVENUE)
    return found if found is not None and (max(_ends(found)) > 0 or None not in found) else None


def _within(found: Span | None, most: float) -> Span | None:
    """Return the span if it is possible; a band from 0 is one below its upper end."""
    if found is None or max(_ends(found)) > most:
        return None
    return Span(None, found.upper) if found.lower == 0 and found.upper else found


def _ends(found: Span) -> Sequence[float]:
    return [end for end in found if end is not None]


def _middle(found: Span) -> float:
    if found.upper is None:
        return OPEN_END_FACTOR * (found.lower or 0.0)
    if found.lower is None:
        return found.upper / 2
    return found.lower if found.lower == found.upper else math.sqrt(found.lower * found.upper)


def _at_the_open_end(found: Span, step: float) -> float:
    """Return a number for the band: just above the lower end of an open span, just below the upper end."""
    if found.upper is None:
        return (found.lower or 0.0) + step
    if found.lower is None:
        return found.upper - step if step else math.nextafter(found.upper, 0.0)
    return _middle(found)
