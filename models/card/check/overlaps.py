"""Rules that give points for the same thing, and rules that one lead can meet without anybody meaning it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from models.card.check.fault import Finding
from models.card.condition import same_condition
from models.card.words import points_words, range_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.card.check.draft import Placed
    from models.card.rule import Range, RuleFields

#: So many overlaps are named, of ranges and of texts each; the others are counted.
MOST_NAMED = 20
#: A longer text is not taken apart into the phrases that stand in it.
_LONGEST_TEXT = 200
#: Pairs of texts are counted up to this many.
_MOST_PAIRS = 1_000_000


def overlap_findings(rules: Sequence[Placed]) -> Iterator[Finding]:
    """Yield what rules say twice; of what is said more often than people read, only how often."""
    first: dict[tuple[object, ...], Placed] = {}
    for placed in rules:
        before = first.setdefault(same_condition(placed.rule), placed)
        if before is not placed:
            yield Finding(
                placed.path,
                f"rules {before.rule.name!r} and {placed.rule.name!r} give points for the same thing",
                f"make one rule of them, with {points_words(before.rule.points + placed.rule.points)}",
            )
    distinct = list(first.values())
    for found, more in (_ranges(distinct), _texts(distinct)):
        yield from found
        if more:
            pairs = "1 more pair of rules overlaps" if more == 1 else f"{more:,} more pairs of rules overlap"
            yield Finding(rules[-1].path, f"and {pairs}: a lead can get both", "mend those named first", "warning")


def _ranges(rules: Sequence[Placed]) -> tuple[list[Finding], int]:
    """Return the overlaps of ranges over the same thing, and how many more there are."""
    groups: dict[tuple[object, ...], list[tuple[float, float, int]]] = defaultdict(list)
    for number, placed in enumerate(rules):
        if placed.rule.ends is not None:
            groups[_measured(placed.rule)].append((*_ends(placed.rule.ends), number))
    found, total = list[Finding](), 0
    for spans in groups.values():
        spans.sort()
        highs = sorted(high for _, high, _ in spans)
        for place, (low, high, number) in enumerate(spans):
            if low > high:
                continue
            # What ended before this begins is before it in the order too.
            total += (meeting := place - bisect_left(highs, low))
            if meeting <= 0 or len(found) >= MOST_NAMED:
                continue
            earlier = [other for _, end, other in spans[:place] if end >= low][: MOST_NAMED - len(found)]
            found += [_overlap(rules[min(number, other)], rules[max(number, other)]) for other in earlier]
    return found, total - len(found)


def _overlap(one: Placed, other: Placed) -> Finding:
    first, second = one.rule, other.rule
    ends = [rule.ends or (None, None) for rule in (first, second)]
    low, high = max(_ends(part)[0] for part in ends), min(_ends(part)[1] for part in ends)
    common = (None if low == -math.inf else low, None if high == math.inf else high)
    where = "everywhere" if common == (None, None) else f"at {range_words(common)}"
    return Finding(
        (*other.path, "between" if second.between is not None else "days_since"),
        f"rules {first.name!r} ({range_words(ends[0])}) and {second.name!r} ({range_words(ends[1])}) "
        f"overlap {where}: such a lead gets both",
        "if it should get one, end the one before the other begins; both ends are included",
        "warning",
    )


def _measured(rule: RuleFields) -> tuple[object, ...]:
    return rule.attribute, rule.entity, rule.read, tuple(sorted(rule.kinds)), rule.who


def _ends(ends: Range) -> tuple[float, float]:
    low, high = ends
    return -math.inf if low is None else low, math.inf if high is None else high


def _texts(rules: Sequence[Placed]) -> tuple[list[Finding], int]:
    """Return pairs of rules on one attribute that a text of theirs both meets, and how many more there are."""
    whole: dict[tuple[object, ...], list[int]] = defaultdict(list)
    inside: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, placed in enumerate(rules):
        index = inside if placed.rule.contains is not None else whole
        for text in {text.strip().casefold() for text in placed.rule.texts}:
            index[(*_of(placed.rule), text)].append(number)
    pairs: dict[tuple[int, int], str] = {}
    for number, placed in enumerate(rules):
        of = _of(placed.rule)
        for text in dict.fromkeys(text.strip().casefold() for text in placed.rule.texts):
            meeting = [] if placed.rule.contains is not None else whole[(*of, text)]
            meeting = [*meeting, *(other for phrase in _phrases(text) for other in inside.get((*of, phrase), ()))]
            for other in meeting:
                if other != number and len(pairs) < _MOST_PAIRS:
                    pairs.setdefault((min(number, other), max(number, other)), text)
    named = sorted(pairs)[:MOST_NAMED]
    found = [_both(rules[one], rules[other], pairs[one, other]) for one, other in named]
    return found, len(pairs) - len(named)


def _of(rule: RuleFields) -> tuple[object, ...]:
    return rule.attribute, rule.entity, rule.read


def _both(one: Placed, other: Placed, text: str) -> Finding:
    second = other.rule
    key = next(key for key in ("equals", "in", "contains") if key in second.given)
    what = f"rules {one.rule.name!r} and {second.name!r} overlap: with {text!r} as {second.attribute}"
    return Finding(
        (*other.path, key),
        f"{what} a lead gets both",
        "if it should get one, take the text out of one of them",
        "warning",
    )


def _phrases(text: str) -> set[str]:
    """Return all that stands in a text as whole words.

    >>> sorted(_phrases("vp sales"))
    [' ', ' sales', 'sales', 'vp', 'vp ', 'vp sales']
    """
    if len(text) > _LONGEST_TEXT:
        return {text}
    word = [letter.isalnum() or letter == "_" for letter in text]
    starts = [at for at in range(len(text)) if at == 0 or not word[at - 1]]
    ends = [at for at in range(1, len(text) + 1) if at == len(text) or not word[at]]
    return {text[start:end] for start in starts for end in ends if start < end}
