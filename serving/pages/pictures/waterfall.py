"""From the average lead to this one, thing by thing, with the agreed card's points beside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Room beside the bars, as a share of their span.
_ROOM = 0.04


@dataclass(frozen=True, slots=True)
class Part:
    """What a thing adds to the score in points, and what the card gives for it: None where no rule is about it."""

    label: str
    points: float
    card: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A part with its place: left end and width in per cent of the picture, and where the next one begins."""

    part: Part
    left: float
    width: float
    ends: float

    @property
    def side(self) -> str:
        """Whether it speaks for the lead or against it."""
        return "for" if self.part.points >= 0 else "against"

    @property
    def parts_ways(self) -> bool:
        """Whether card and model say clearly different things."""
        return self.part.card is not None and abs(self.part.card - self.part.points) >= 5


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The bars in their order, all points of the model and of the card, and the place of the average lead."""

    bars: tuple[Bar, ...]
    total: float
    card: int | None
    zero: float


def waterfall(parts: Sequence[Part], card: int | None) -> Waterfall:
    """Lay bars out so that each begins where the one before ended.

    >>> w = waterfall([Part("title", 10, 20), Part("webinar", -5, None)], 20)
    >>> [(round(bar.left), round(bar.width)) for bar in w.bars], w.total
    ([(4, 93), (50, 46)], 5)
    """
    ends = list(accumulate((part.points for part in parts), initial=0.0))
    low, high = min(ends), max(ends)
    room = (high - low) * _ROOM or 1.0
    low, span = low - room, high - low + 2 * room

    def place(value: float) -> float:
        return 100 * (value - low) / span

    bars = []
    for part, begin, end in zip(parts, ends, ends[1:], strict=False):
        left, right = sorted((place(begin), place(end)))
        bars.append(Bar(part, left, right - left, place(end)))
    return Waterfall(tuple(bars), ends[-1], card, place(0.0))
