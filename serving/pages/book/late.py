"""Rows that appear below those already read: PostgreSQL numbers them before it commits them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds in which a transaction that has taken its numbers is over, one way or the other.
LASTS = 30.0
#: How far below the last number one may still be missing when we begin.
IN_FLIGHT = 50_000


class Late:
    """Numbers seen of late, and from where on one may be missing still."""

    def __init__(self, last: int) -> None:
        self.floor = max(0, last - IN_FLIGHT)
        self._seen: set[int] = set()
        self._marks: deque[tuple[float, int]] = deque()

    def note(self, numbers: Iterable[int], last: int, now: float) -> None:
        """Remember numbers that were read, ``last`` being the highest so far, at a moment in seconds."""
        self._seen.update(number for number in numbers if number > self.floor)
        self._marks.append((now, last))
        floor = self.floor
        while self._marks and self._marks[0][0] <= now - LASTS:
            floor = max(floor, self._marks.popleft()[1])
        if floor > self.floor:
            self.floor = floor
            self._seen = {number for number in self._seen if number > floor}

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Return those of the numbers that are there now and were not read."""
        return [number for number in numbers if number not in self._seen]
