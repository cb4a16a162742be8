"""How many opportunities a team finds that can call only so many leads a week.

Ranking measures look at all rows; a sales team looks at the top of each Monday's list and calls a lead once. This
replays that: week after week the highest-scored leads not called before are called, and a call is a hit when the
row it was made on is labelled an opportunity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

DAY = 86_400_000_000
CALLED_SHARE = 0.1


@dataclass(frozen=True)
class Picks:
    """The calls made: which rows, how many of them hits, and how many leads there were to be found.

    ``mask`` (n,) marks the rows called on, in the caller's row order. ``opportunities`` counts the leads with a
    positive row in some week, the most that any order could find.
    """

    mask: Mask
    hits: int
    opportunities: int


@dataclass(frozen=True)
class CallQueue:
    """Rows in calling order: by week, then falling score, then a seeded hash of the lead.

    ``rows`` (r,) are row numbers of the latest row of each lead in each week; ``week`` and ``lead`` (r,) are their
    codes and ``positive`` (r,) their labels; ``n`` is the number of rows it was made from.
    """

    rows: Codes
    week: Codes
    lead: Codes
    positive: Mask
    n: int

    @classmethod
    def of(
        cls,
        weeks: ArrayLike,
        lead_ids: ArrayLike,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        as_of: ArrayLike | None = None,
        seed: int = 0,
    ) -> CallQueue:
        """Line the rows up; the arguments are those of `found_at_capacity`."""
        week = np.asarray(weeks, dtype=np.int64)
        score = np.asarray(scores, dtype=np.float64)
        if np.isnan(score).any():
            raise ValueError("scores holds NaN; every row needs a score")
        lead, names = pd.factorize(np.asarray(lead_ids, dtype=object))
        rows = latest_rows(week, lead, as_of)
        tie = lead_hash(names, seed)[lead[rows]]
        rows = rows[np.lexsort((tie, -score[rows], week[rows]))]
        return cls(rows, week[rows], lead[rows].astype(np.int64), np.asarray(labels, dtype=bool)[rows], len(week))

    def pick(self, per_week: int) -> Picks:
        """Call the first ``per_week`` leads of each week that were not called before."""
        if per_week < 1:
            raise ValueError(f"per_week is {per_week}; at least one lead a week must be called")
        called = _call(self.week, self.lead, per_week, int(self.lead.max(initial=-1)) + 1)
        mask = np.zeros(self.n, dtype=bool)
        mask[self.rows[called]] = True
        opportunities = len(np.unique(self.lead[self.positive]))
        return Picks(mask, int(np.count_nonzero(called & self.positive)), opportunities)

    def curve(self, per_week: ArrayLike) -> Codes:
        """Return the hits at each of several capacities (k,)."""
        return np.array([self.pick(int(k)).hits for k in np.asarray(per_week)], dtype=np.int64)


def found_at_capacity(
    weeks: ArrayLike,
    lead_ids: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike,
    per_week: int,
    *,
    as_of: ArrayLike | None = None,
    seed: int = 0,
) -> Picks:
    """Replay the calls of a team that takes the ``per_week`` best leads each week, each lead once.

    Each argument before ``per_week`` is (n,): ``weeks`` in whole numbers that grow with time (see `week_of`),
    ``scores`` higher is better. Of several rows of one lead in one week the latest by ``as_of`` counts, without
    ``as_of`` the last in the file. Equal scores are called in the order of a hash of lead id and ``seed``: the
    same on every machine and for every arm, and with no favour to any end of the file.

    For an interval, resample accounts over the picks: with ``hits = bincount(codes[mask], labels[mask])`` per
    account a replicate finds ``counts @ hits``. The picks themselves are held fixed. Drawing accounts and calling
    anew would let one lead drawn twice fill two places of a week and would ask about a market with other
    crowding; holding the picks fixed asks how the found number varies over accounts for the calls made.

    >>> picks = found_at_capacity([0, 0, 1, 1], ["a", "b", "a", "b"], [9, 5, 9, 5], [0, 0, 1, 1], per_week=1)
    >>> picks.mask.tolist(), picks.hits, picks.opportunities  # a is called too early, b in the second week
    ([True, False, False, True], 1, 2)
    """
    return CallQueue.of(weeks, lead_ids, scores, labels, as_of=as_of, seed=seed).pick(per_week)


def week_of(as_of: ArrayLike) -> Codes:
    """Return the number of the week, Monday 00:00 UTC to Monday, of times in microseconds UTC or datetime64.

    >>> week_of(np.array(["1970-01-04T23:59", "1970-01-05T00:00"], dtype="datetime64[us]"))
    array([0, 1])
    """
    micros = np.asarray(as_of).astype("datetime64[us]").astype(np.int64)
    return np.asarray((micros // DAY + 3) // 7)  # 1970-01-01 was a Thursday


def everybody_is_called(weeks: ArrayLike, lead_ids: ArrayLike, per_week: int) -> bool:
    """Tell whether any order calls every lead in the first week that has it, so that all orders find the same.

    Arguments as in `found_at_capacity`. Where all earlier leads are called, a week has only its new ones to call.

    >>> everybody_is_called([0, 0, 1, 1, 1], ["a", "b", "a", "b", "c"], per_week=2)
    True
    """
    lead, names = pd.factorize(np.asarray(lead_ids, dtype=object))
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, lead, np.asarray(weeks, dtype=np.int64))
    _, new = np.unique(first, return_counts=True)
    return bool((new <= per_week).all())


def default_capacity(weeks: ArrayLike, lead_ids: ArrayLike) -> int:
    """Return a tenth of the leads in a middling week, at least 1.

    The median week, because the first and last weeks of a period are usually cut short.
    """
    lead, _ = pd.factorize(np.asarray(lead_ids, dtype=object))
    week = np.asarray(weeks, dtype=np.int64)
    rows = latest_rows(week, lead, None)
    if len(rows) == 0:
        return 1
    _, sizes = np.unique(week[rows], return_counts=True)
    return max(1, round(float(np.median(sizes)) * CALLED_SHARE))


def latest_rows(week: Codes, lead: Codes, as_of: ArrayLike | None) -> Codes:
    """Return the number of the latest row of each (week, lead), in no promised order."""
    n = len(week)
    moment = np.arange(n) if as_of is None else np.asarray(as_of)
    order = np.lexsort((np.arange(n), moment, lead, week))
    last = np.ones(n, dtype=bool)
    last[:-1] = (week[order][1:] != week[order][:-1]) | (lead[order][1:] != lead[order][:-1])
    return np.asarray(order[last], dtype=np.int64)


def lead_hash(lead_ids: ArrayLike, seed: int) -> NDArray[np.uint64]:
    """Return a stable hash (n,) of each lead id under ``seed``."""
    # pandas' hash ignores its key for numbers, hence text.
    text = np.array([str(lead) for lead in np.asarray(lead_ids, dtype=object)], dtype=object)
    return pd.util.hash_array(text, hash_key=f"{seed % 10**16:016d}")


@njit(cache=True, nogil=True)
def _call(week: Codes, lead: Codes, per_week: int, n_leads: int) -> Mask:
    called_before = np.zeros(n_leads, dtype=np.bool_)
    called = np.zeros(len(week), dtype=np.bool_)
    this_week = 0
    for i in range(len(week)):
        if i == 0 or week[i] != week[i - 1]:
            this_week = 0
        if this_week < per_week and not called_before[lead[i]]:
            called[i] = called_before[lead[i]] = True
            this_week += 1
    return called
