"""Where a duel is held: the Mondays of the test period, the leads open on each, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.clock import DAY, format_moment
from features.open_leads import open_at_each
from training.capacity import lead_hash, week_of
from training.duel.deals import Deals, first_deals
from training.split import cluster_names

if TYPE_CHECKING:
    from features.facts import Dataset
    from features.history import History
    from training.compare.ground import Ground

WEEK = 7 * DAY


@dataclass(frozen=True)
class Arena:
    """Every lead that could be called on every Monday; what can be known of it later stands in ``deals``.

    ``mondays`` (w,) are moments in microseconds, rising; the horizon of ``decided`` (w,) of them had passed at the
    end of the data. ``lead`` and ``week`` (n,) are the rows, in the order of weeks, then of leads: ``lead``
    numbers the history's leads, ``week`` the Mondays. ``cluster`` (leads,) is each lead's account, or itself where
    it has none, as :class:`training.rows.Rows` numbers them. ``tie`` (leads,) orders equal scores. ``absent`` is
    the share of open (lead, Monday) that were left out because a side had learnt from their account.
    """

    dataset: Dataset
    history: History
    mondays: np.ndarray
    decided: np.ndarray
    horizon: int
    lead: np.ndarray
    week: np.ndarray
    cluster: np.ndarray
    tie: np.ndarray
    deals: Deals
    absent: float

    def __len__(self) -> int:
        return len(self.lead)

    @cached_property
    def as_of(self) -> np.ndarray:
        """The moment of each row, in microseconds (n,)."""
        return self.mondays[self.week]

    @cached_property
    def found(self) -> np.ndarray:
        """Whether a call of each row finds an opportunity: the lead's first one comes within the horizon (n,)."""
        created = self.deals.created_at[self.lead]
        return (created >= self.as_of) & (created < self.as_of + self.horizon)

    @cached_property
    def counts(self) -> np.ndarray:
        """Whether each row's week is decided (n,)."""
        return self.decided[self.week]

    @cached_property
    def reachable(self) -> np.ndarray:
        """Numbers of the leads whose opportunity a call in some decided week finds, rising."""
        return np.unique(self.lead[self.found & self.counts])

    @cached_property
    def first_row(self) -> np.ndarray:
        """Each lead's first row in a decided week, int64 (leads,), -1 where it has none."""
        first = np.full(len(self.cluster), -1, np.int64)
        rows = np.flatnonzero(self.counts)[::-1]
        first[self.lead[rows]] = rows
        return first

    def account_ids(self, leads: np.ndarray) -> np.ndarray:
        """Return the account id of each lead, or its own where it has none, object."""
        return cluster_names(self.cluster[leads], self.history)

    def day(self, week: int) -> str:
        """Return the date of a Monday by its number."""
        return format_moment(int(self.mondays[week]))[:10]


def open_arena(ground: Ground, seed: int) -> Arena:
    """Lay out the leads that no side learnt from, Monday by Monday from the test period's beginning on.

    Raises
    ------
    ConfigError
        The data have no dates; or no Monday's horizon had passed at the end of the data, or no lead was open then.

    """
    dataset, history = ground.dataset, ground.history
    if dataset.manifest.undated:
        raise ConfigError(
            f"{dataset.path}: the source has no dates, so there are no weeks in which a team could have called",
            hint="leadquality compare holds the two against each other without weeks",
        )
    horizon = ground.spec.horizon_us
    mondays = mondays_within(ground.since, dataset.observed_until)
    decided = mondays + horizon <= dataset.observed_until
    lead, week = open_at_each(dataset, history, mondays)
    account = history.account_of.astype(np.int64)
    cluster = np.where(account >= 0, account, len(history.account_ids) + np.arange(len(account)))
    allowed = ~np.isin(cluster, ground.learnt)[lead]
    counted = decided[week]
    if not (allowed & counted).any():
        raise ConfigError(
            f"{dataset.path}: no lead that neither side learnt from was open on a Monday from "
            f"{format_moment(ground.since)[:10]} on whose horizon of {horizon / DAY:g} days ended by "
            f"{format_moment(dataset.observed_until)[:10]}",
            hint="hold the duel on a dataset that reaches further, or train with an earlier split.test_from",
        )
    return Arena(
        dataset=dataset,
        history=history,
        mondays=mondays,
        decided=decided,
        horizon=horizon,
        lead=lead[allowed],
        week=week[allowed],
        cluster=cluster,
        tie=lead_hash(history.lead_ids, seed),
        deals=first_deals(dataset, history),
        absent=float(1 - allowed[counted].mean()),
    )


def mondays_within(since: int, until: int) -> np.ndarray:
    """Return every Monday 00:00 UTC from ``since`` to ``until``, ends included, int64 microseconds.

    >>> from features.facts.clock import parse_moment
    >>> [format_moment(m)[:10] for m in mondays_within(parse_moment("2026-03-02"), parse_moment("2026-03-15"))]
    ['2026-03-02', '2026-03-09']
    """
    first = int(week_of(np.array([since - 1]))[0]) + 1
    return np.arange((first * 7 - 3) * DAY, until + 1, WEEK, dtype=np.int64)
