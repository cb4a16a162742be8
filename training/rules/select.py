"""Which agreed points are wrong: the fewest rules that must be free for the others to be in proportion.

For each number of changes the best set of rules is found whose freeing leaves the rest nearest to their
proportions: among all sets on cards of up to fourteen rules, else by adding one and swapping until nothing
improves (a wrong rule can make a right one look wrong first, through the scale, and a swap takes that back).
The next number of changes is tried only where some further rule's test rejects, with Holm's (1979) levels: the
level divided by the number of rules not yet freed, whatever the rules' correlation.

The first change must pass at 1 %, those after it at 5 %: Holm's procedure at 5 % with a narrower door. What that
promises, as far as the tests themselves hold their level:

- A right card gets any change at all with at most 1 % probability. That is the dear error: it costs a meeting and
  trust in a card that deserved it, and a card is judged again every quarter.
- Where some rules are wrong and were found, one that is right is changed after them with at most 5 %. The card is
  then known to be wrong and the meeting held anyway; at 1 %, wrong rules would be left as they are that the
  verdicts beside them, whose intervals hold together with 95 %, already call wrong.

Not promised: that the rules freed first are the wrong ones. Where few data can hardly tell a wrong rule from a
right one, the best set may hold the right one in its stead.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from scipy.stats import chi2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from training.rules.scale import Proportions

#: Probability of any false proposal on a right card.
LEVEL = 0.01
#: Probability of a false proposal among those that follow a first one.
LATER_LEVEL = 0.05
#: Up to so many rules all sets are tried.
EXACT_UP_TO = 14


@dataclass(frozen=True)
class Selected:
    """The best set of so many free rules (places within the fit, ascending).

    ``p_value`` is that of the test, at the size before, that no further rule is wrong, times the number of
    rules that could have been freed.
    """

    free: tuple[int, ...]
    distance: float
    p_value: float


def select(
    proportions: Proportions,
    *,
    level: float | None = LEVEL,
    most: int | None = None,
    together: Mapping[int, int] | None = None,
) -> list[Selected]:
    """Return the best sets of 1, 2, ... free rules while the tests reject; no element where the card is right.

    ``level`` is the probability of a false proposal on a right card, see :func:`level_after`; None goes on to
    ``most`` without any test. ``together`` maps a rule that repeats another to that other, which is freed only
    after it.
    """
    follows = {original: repeat for repeat, original in (together or {}).items()}
    rules = range(len(proportions.given))
    found: list[Selected] = []
    free: tuple[int, ...] = ()
    while most is None or len(found) < most:
        further = [
            one
            for one in ({*free, j} for j in rules if j not in free)
            if proportions.can_free(one) and _in_order(one, follows)
        ]
        if not further:
            break
        drop = proportions.distance(free) - min(proportions.distance(one) for one in further)
        p_value = min(1.0, float(chi2.sf(drop, 1)) * (len(proportions.given) - len(free)))
        if level is not None and not p_value < level_after(len(found), level):
            break
        free = _best(proportions, free, further, follows)
        found.append(Selected(free, proportions.distance(free), p_value))
    return found


def level_after(changes: int, level: float = LEVEL) -> float:
    """Return the level at which a change after so many others is tested.

    >>> level_after(0), level_after(1), level_after(1, 0.2)
    (0.01, 0.05, 0.2)
    """
    return level if not changes else max(level, LATER_LEVEL)


def holm(p_values: Mapping[int, float], among: int) -> dict[int, float]:
    """Return p-values made to hold together (Holm 1979), of the rules chosen from ``among`` so many.

    The least times their number, the next times one fewer, and so on, none below the one before it.

    >>> holm({3: 0.001, 5: 0.02, 8: 0.0001}, 10)
    {8: 0.001, 3: 0.009000000000000001, 5: 0.16}
    """
    held: dict[int, float] = {}
    least = 0.0
    for before, rule in enumerate(sorted(p_values, key=p_values.__getitem__)):
        least = min(1.0, max(least, p_values[rule] * (among - before)))
        held[rule] = least
    return held


def _best(
    proportions: Proportions, before: tuple[int, ...], further: list[set[int]], follows: Mapping[int, int]
) -> tuple[int, ...]:
    rules = range(len(proportions.given))
    if len(rules) <= EXACT_UP_TO:
        every = (set(one) for one in combinations(rules, len(before) + 1))
        return _least(proportions, (s for s in every if proportions.can_free(s) and _in_order(s, follows)))
    best = _least(proportions, further)
    while True:
        swapped = [
            one
            for one in ({*best, new} - {old} for old in best for new in rules if new not in best)
            if proportions.can_free(one) and _in_order(one, follows)
        ]
        other = _least(proportions, [*swapped, set(best)])
        if not proportions.distance(other) < proportions.distance(best) - 1e-9:
            return best
        best = other


def _least(proportions: Proportions, sets: Iterable[Collection[int]]) -> tuple[int, ...]:
    ordered = sorted(tuple(sorted(one)) for one in sets)
    return min(ordered, key=proportions.distance)


def _in_order(free: Collection[int], follows: Mapping[int, int]) -> bool:
    return all(follows[j] in free for j in free if j in follows)
