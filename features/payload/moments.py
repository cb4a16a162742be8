"""Many moments at once, in the form that nearly all callers send: ``2026-05-04T09:30:00Z``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of a moment to the second, and to the microsecond.
_SHORTEST, _LONGEST = 20, 27


def plain_moments(texts: Sequence[str]) -> list[int] | None:
    """Return microseconds since 1970 UTC of texts that are all of that form, None where one is not.

    A fraction of up to six digits may follow the seconds. The same as :func:`features.facts.clock.parse_moment` of
    each, in a tenth of the time.

    >>> plain_moments(["1970-01-02T00:00:01Z", "1970-01-01T00:00:00.5Z"]), plain_moments(["1970-01-02"])
    ([86401000000, 500000], None)
    """
    joined = "".join(texts)
    if not joined.isascii():
        return None
    lengths = np.array([*map(len, texts)], np.int64)
    out = np.empty(len(texts), np.int64)
    return out.tolist() if read_moments(np.frombuffer(joined.encode(), np.uint8), lengths, out) else None


@njit(nogil=True, cache=True)
def read_moments(letters: np.ndarray, lengths: np.ndarray, out: np.ndarray) -> bool:
    """Write the moments of texts laid end to end, uint8, into ``out``, int64 (n,); False where one is none.

    Days since 1970 are counted as in Hinnant's "chrono-compatible low-level date algorithms", days_from_civil.
    """
    start = 0
    for i in range(len(out)):
        text = letters[start : start + lengths[i]]
        start += lengths[i]
        if not _is_shaped(text):
            return False
        year = 1000 * _digit(text, 0) + 100 * _digit(text, 1) + 10 * _digit(text, 2) + _digit(text, 3)
        month, day = _two(text, 5), _two(text, 8)
        hour, minute, second = _two(text, 11), _two(text, 14), _two(text, 17)
        if year < 1 or month < 1 or month > 12 or day < 1 or day > _days(year, month):
            return False
        if hour > 23 or minute > 59 or second > 59:
            return False
        shifted = year - 1 if month <= 2 else year
        era = shifted // 400
        of_era = shifted - era * 400
        of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
        days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
        out[i] = (days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000 + _fraction(text)
    return True


@njit(nogil=True, cache=True)
def _is_shaped(text: np.ndarray) -> bool:
    """Tell whether digits, dashes, colons, a point, T and Z stand where they should."""
    last = len(text) - 1
    if len(text) < _SHORTEST or len(text) > _LONGEST or len(text) == _SHORTEST + 1:
        return False
    for j in range(len(text)):
        letter = text[j]
        if j in (4, 7):
            right = letter == 45
        elif j in (13, 16):
            right = letter == 58
        elif j == 10:
            right = letter == 84
        elif j == last:
            right = letter == 90
        elif j == 19:
            right = letter == 46
        else:
            right = 48 <= letter <= 57
        if not right:
            return False
    return True


@njit(nogil=True, cache=True)
def _fraction(text: np.ndarray) -> int:
    """Return the microseconds behind the seconds."""
    found, unit = 0, 100_000
    for j in range(20, len(text) - 1):
        found += unit * _digit(text, j)
        unit //= 10
    return found


@njit(nogil=True, cache=True)
def _digit(text: np.ndarray, place: int) -> int:
    return int(text[place]) - 48


@njit(nogil=True, cache=True)
def _two(text: np.ndarray, place: int) -> int:
    return 10 * _digit(text, place) + _digit(text, place + 1)


@njit(nogil=True, cache=True)
def _days(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
