"""The points that a set of rules can add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from features.language import AttributeMatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from models.card.rule import Range, RuleFields

#: Choices of texts for one attribute beyond which they are no longer told apart.
_MANY = 500


@dataclass(frozen=True)
class Sums:
    """A set of whole numbers: bit ``i`` of ``bits`` says whether ``i - zero`` is one of them."""

    bits: int
    zero: int

    @classmethod
    def of(cls, rules: Sequence[RuleFields], limit: int) -> Sums:
        """Return what rules can add up to; a rule without limit is followed up to ``limit`` points."""
        sums = cls(1, 0)
        for choice in _choices(rules, limit):
            sums = sums.plus(cls.from_numbers(choice))
        return sums

    @classmethod
    def from_numbers(cls, numbers: Iterable[int]) -> Sums:
        """Return a set of the given numbers."""
        given = set(numbers)
        least = min(given)
        bits = 0
        for number in given:
            bits |= 1 << (number - least)
        return cls(bits, -least)

    @property
    def least(self) -> int:
        """The smallest number."""
        return (self.bits & -self.bits).bit_length() - 1 - self.zero

    @property
    def most(self) -> int:
        """The largest number."""
        return self.bits.bit_length() - 1 - self.zero

    def plus(self, other: Sums) -> Sums:
        """Return every sum of a number of each set."""
        few, many = sorted((self, other), key=lambda sums: sums.bits.bit_count())
        bits, rest = 0, few.bits
        while rest:
            lowest = rest & -rest
            bits |= many.bits << (lowest.bit_length() - 1)
            rest ^= lowest
        return Sums(bits, self.zero + other.zero)

    def capped(self, cap: int) -> Sums:
        """Return the set with everything above ``cap`` brought down to it."""
        if cap >= self.most:
            return self
        if cap < self.least:
            return Sums.from_numbers([cap])
        place = cap + self.zero
        return Sums(self.bits & ((1 << place) - 1) | 1 << place, self.zero)

    def between(self, low: int | None, below: int | None) -> bool:
        """Tell whether any number is at least ``low`` and less than ``below``; None is no such end."""
        first = 0 if low is None else max(low + self.zero, 0)
        bits = self.bits >> first
        if below is not None:
            bits &= (1 << max(below + self.zero - first, 0)) - 1
        return bits != 0


def _choices(rules: Sequence[RuleFields], limit: int) -> Iterator[set[int]]:
    """Yield, for each thing that is free of the others, the points that it can give."""
    attributes: dict[tuple[str, str | None], list[RuleFields]] = {}
    for rule in rules:
        if rule.attribute is not None:
            attributes.setdefault((rule.attribute, rule.entity), []).append(rule)
        else:
            yield _counted(rule, limit)
    for group in attributes.values():
        yield from _attribute(group)


def _counted(rule: RuleFields, limit: int) -> set[int]:
    if not rule.repeats:
        return {0, rule.points}
    end = rule.cap if rule.cap is not None else int(math.copysign(limit, rule.points))
    step = 1 if rule.half_life is not None else abs(rule.points)
    if not rule.points:
        return {0}
    sign = 1 if rule.points > 0 else -1
    return {0, end, *(sign * size for size in range(0, abs(end) + 1, step))}


def _attribute(group: list[RuleFields]) -> Iterator[set[int]]:
    """Yield what rules on one attribute can give; what excludes each other is never added."""
    nothing_known = sum(rule.points for rule in group if rule.missing)
    by_reading: dict[str | None, list[RuleFields]] = {}
    for rule in group:
        if not rule.missing:
            by_reading.setdefault(rule.read, []).append(rule)
    # The same text read in two ways is taken to be two free things.
    known = Sums(1, 0)
    for rules in by_reading.values():
        known = known.plus(Sums.from_numbers(_read_alike(rules)))
    yield {
        nothing_known,
        *(number - known.zero for number in range(known.bits.bit_length()) if known.bits >> number & 1),
    }


def _read_alike(rules: list[RuleFields]) -> set[int]:
    numbers = [rule for rule in rules if rule.between is not None]
    texts = [rule for rule in rules if rule.between is None]
    by_number = {
        sum(rule.points for rule in numbers if _within(value, rule.between)) for value in _numbers(numbers)
    }
    by_text = _text_sums(texts)
    return {one + other for one in by_number for other in by_text}


def _text_sums(rules: list[RuleFields]) -> set[int]:
    words = [rule for rule in rules if rule.contains is not None]
    whole = [rule for rule in rules if rule.contains is None]
    # Any words may stand together in a text that no rule names as a whole.
    free = Sums(1, 0)
    for rule in words:
        free = free.plus(Sums.from_numbers({0, rule.points}))
    sums = {number - free.zero for number in range(free.bits.bit_length()) if free.bits >> number & 1}
    named = sorted({text for rule in whole for text in rule.texts})[:_MANY]
    for text in named:
        sums.add(sum(rule.points for rule in rules if _matches(rule, text)))
    return sums


def _matches(rule: RuleFields, text: str) -> bool:
    whole = rule.contains is None
    return AttributeMatch(entity="lead", attribute="x", texts=rule.texts, whole=whole).matches(text)


def _numbers(rules: list[RuleFields]) -> list[float]:
    """Return a number from each stretch that the ends of the rules cut, and none (NaN)."""
    ends = sorted({end for rule in rules for end in rule.between or () if end is not None})
    if not ends:
        return [math.nan]
    middles = [(low + high) / 2 for low, high in pairwise(ends)]
    return [math.nan, ends[0] - 1, *ends, *middles, ends[-1] + 1]


def _within(value: float, ends: Range | None) -> bool:
    low, high = ends or (None, None)
    return not math.isnan(value) and (low is None or value >= low) and (high is None or value <= high)
