"""One reason: a business thing's part in a score, in a sentence that was found true."""

from __future__ import annotations

from typing import Literal, NamedTuple

#: No sentence is longer: CRM text fields cut or refuse what is.
LONGEST = 160
MOST_REASONS = 5


class Reason(NamedTuple):
    """One feature group's part in a score; ``log_odds`` and ``points`` say the same on two scales.

    ``feature`` is the column that speaks for the group, ``value`` what it says; for the agreed points its number
    is that behind the trees' features.
    """

    group: str
    sentence: str
    log_odds: float
    points: float
    feature: int
    value: float

    @property
    def direction(self) -> Literal["for", "against"]:
        """Whether it raises the score or lowers it."""
        return "for" if self.points > 0 else "against"
