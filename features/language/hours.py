"""Hours of the week, as people write them: ``mon-fri 8-18``."""

from __future__ import annotations

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS_A_WEEK = 7 * 24

_PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?(?:\s+(\d{1,2})-(\d{1,2}))?")


def parse_hours(text: str) -> tuple[bool, ...]:
    """Return for each of the week's 168 hours (UTC, Monday 00:00 first) whether the text includes it.

    Several parts are separated by commas; days and hours may run over the end. Raises ValueError.

    >>> sum(parse_hours("mon-fri 8-18")), sum(parse_hours("sat-sun")), sum(parse_hours("fri-mon 22-6"))
    (50, 48, 32)
    """
    included = [False] * HOURS_A_WEEK
    for part in text.lower().split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or not {match[1], match[2] or match[1]} <= set(DAYS):
            raise ValueError(f"{text!r} are no hours of the week; expected for instance 'mon-fri 8-18, sat 9-12'")
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        start, end = int(match[3] or 0), int(match[4] or 24)
        if start > 23 or end > 24 or start == end:
            raise ValueError(f"{text!r}: hours run from 0-23 to 1-24, and not over nothing")
        length = (end - start) % 24 or 24
        for day in range((last - first) % 7 + 1):
            begin = (first + day) * 24 + start
            for hour in range(begin, begin + length):
                included[hour % HOURS_A_WEEK] = True
    return tuple(included)
