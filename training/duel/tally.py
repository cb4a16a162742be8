"""Sums by account of what both sides' calls came to, and the same sums over resampled accounts.

Every figure of a duel is made of sums over accounts, so that one resample of accounts serves all of them: the
whole, each segment, each capacity, and the differences. The picks are held fixed
(:func:`training.capacity.found_at_capacity` says why).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array

from features.facts.clock import DAY
from training.bootstrap import resample
from training.duel.arena import WEEK

if TYPE_CHECKING:
    from training.duel.arena import Arena
    from training.duel.calls import Calls

#: What is summed. ``days_*`` are from call to opportunity, over those found; ``weeks_earlier`` is how many weeks
#: the first side called before the second, over those that both found.
COLUMNS = (
    *("opportunities", "found_a", "found_b", "both", "only_a", "only_b", "neither"),
    *("days_a", "days_b", "weeks_earlier", "pipeline_a", "pipeline_b", "revenue_a", "revenue_b"),
    *("calls_a", "calls_b", "nothing_a", "nothing_b", "pipeline", "revenue"),
)


@dataclass(frozen=True)
class Sums:
    """Sums by group: ``value`` (groups, columns) over all accounts, ``draws`` (replicates, groups, columns)."""

    value: np.ndarray
    draws: np.ndarray


@dataclass
class Tally:
    """Collects sums of groups of leads, to resample accounts once for all of them.

    ``account`` (leads,) numbers the accounts that have a row in a counted week, -1 for the others.
    """

    account: np.ndarray
    groups: int = 0
    _parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of(cls, arena: Arena) -> Tally:
        """Number the accounts that could be called in a counted week."""
        account = np.full(len(arena.cluster), -1, np.int64)
        leads = np.unique(arena.lead[arena.counts])
        account[leads] = np.unique(arena.cluster[leads], return_inverse=True)[1]
        return cls(account)

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        return int(self.account.max(initial=-1)) + 1

    def add(self, leads: np.ndarray, values: np.ndarray, group: np.ndarray, groups: int) -> slice:
        """Add ``values`` (m, columns) of ``leads`` (m,) to so many new groups; ``group`` (m,) counts from 0.

        Returns where these groups stand in :class:`Sums`.
        """
        start = self.groups
        self.groups += groups
        self._parts.append((self.account[leads], group + start, values))
        return slice(start, self.groups)

    def resampled(self, replicates: int, seed: int) -> Sums:
        """Sum over all accounts, and over accounts drawn with replacement."""
        width = len(COLUMNS)
        row = np.concatenate([account for account, _, _ in self._parts])
        group = np.concatenate([group for _, group, _ in self._parts])
        values = np.concatenate([values for _, _, values in self._parts])
        column = group[:, None] * width + np.arange(width)
        where = (column.ravel(), np.repeat(row, width))
        sums = coo_array((values.ravel(), where), shape=(self.groups * width, self.accounts)).tocsr()
        sums.eliminate_zeros()
        shape = (self.groups, width)
        draws = resample(lambda counts: sums @ counts, self.accounts, replicates, seed)
        return Sums((sums @ np.ones(self.accounts)).reshape(shape), draws.reshape(replicates, *shape))


def lead_values(arena: Arena, a: Calls, b: Calls) -> tuple[np.ndarray, np.ndarray]:
    """Return the leads that were called in a counted week or could be found, and what each adds.

    The leads are int64 (m,), what they add float64 (m, columns). Of weeks that are
    not decided nothing is counted. Amounts that are not known add nothing.
    """
    created = arena.deals.created_at
    amount = np.nan_to_num(arena.deals.amount)
    total = np.zeros((len(arena.cluster), len(COLUMNS)))

    def put(name: str, values: np.ndarray) -> None:
        total[:, COLUMNS.index(name)] = values

    reachable = np.zeros(len(total), bool)
    reachable[arena.reachable] = True
    found = [side.first_find >= 0 for side in (a, b)]
    monday = [arena.as_of[side.first_find] for side in (a, b)]
    put("opportunities", reachable)
    put("both", found[0] & found[1])
    put("only_a", found[0] & ~found[1])
    put("only_b", found[1] & ~found[0])
    put("neither", reachable & ~found[0] & ~found[1])
    put("weeks_earlier", np.where(found[0] & found[1], (monday[1] - monday[0]) / WEEK, 0.0))
    put("pipeline", reachable * amount)
    put("revenue", reachable * amount * arena.deals.won)
    for side, name in ((a, "a"), (b, "b")):
        got = found["ab".index(name)]
        days = np.where(got, created - monday["ab".index(name)], 0) / DAY
        put(f"found_{name}", got)
        put(f"days_{name}", days)
        put(f"pipeline_{name}", got * amount)
        put(f"revenue_{name}", got * amount * arena.deals.won)
        rows = side.called & arena.counts
        put(f"calls_{name}", np.bincount(arena.lead[rows], minlength=len(total)))
        put(f"nothing_{name}", np.bincount(arena.lead[rows & ~arena.found], minlength=len(total)))
    leads = np.flatnonzero(total.any(axis=1))
    return leads, total[leads]
