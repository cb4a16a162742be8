"""Which agreed points are wrong: the fewest rules that must be free for the others to be in proportion.

For each number of changes the best set of rules is found whose freeing leaves the rest nearest to their
proportions: among all sets on cards of up to fourteen rules, else by adding one and swapping until nothing
improves (a wrong rule can make a right one look wrong first, through the scale, and a swap takes that back).
The next number of changes is tried only where some further rule's test rejects, with Holm's (1979) levels: the
level divided by the number of rules not yet freed. With no rule wrong a change is thus proposed with at most
the level's probability, whatever the rules' correlation; with some wrong and found, one more is proposed with
at most that probability.

The level is 1 % and not 5 %: a false proposal costs a meeting and trust, a card is judged again every quarter, and
rules that are wrong by what a meeting would care about are many standard errors off.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from scipy.stats import chi2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from training.rules.scale import Proportions

LEVEL = 0.01
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

    ``level`` is the probability of a false proposal; None goes on to ``most`` without any test. ``together`` maps
    a rule that repeats another to that other, which is freed only after it.
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
        if level is not None and not p_value < level:
            break
        free = _best(proportions, free, further, follows)
        found.append(Selected(free, proportions.distance(free), p_value))
    return found


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
