"""Snapshots of open leads and their labels: the rows that everything is trained and measured on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from features.facts.clock import parse_duration, parse_moment
from features.open_leads import first_opportunity_from, is_open

if TYPE_CHECKING:
    from features.facts import Dataset
    from features.history import History
    from training.spec import Snapshots

UNDECIDED = -1


@dataclass(frozen=True)
class Schedule:
    """When every lead was to be looked at, whether or not it was still open then: both int64 (moments,)."""

    lead: np.ndarray
    as_of: np.ndarray

    def counts(self, since: int, until: int) -> np.ndarray:
        """Return how often each lead was to be looked at within [since, until], int64 (leads,)."""
        within = (self.as_of >= since) & (self.as_of <= until)
        return np.bincount(self.lead[within], minlength=int(self.lead.max(initial=-1)) + 1)


@dataclass(frozen=True)
class Rows:
    """(lead, as_of) rows, each field (n,), sorted by ``as_of``.

    ``lead`` numbers the history's leads, ``as_of`` is int64 microseconds, ``label`` int8 is 1 or 0, or -1 where
    undecided. ``cluster`` int64 numbers the account, or the lead itself where it has none: what is resampled
    together and stands on one side of a split. ``outcome`` int64 is when the lead's first opportunity from
    ``as_of`` on was created, -1 where none was seen. ``schedule`` is of all leads.
    """

    lead: np.ndarray
    as_of: np.ndarray
    label: np.ndarray
    cluster: np.ndarray
    outcome: np.ndarray
    schedule: Schedule | None = None

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, chosen: np.ndarray) -> Rows:
        """Return the rows at the given positions or under the given mask."""
        lead, as_of, label = self.lead[chosen], self.as_of[chosen], self.label[chosen]
        return Rows(lead, as_of, label, self.cluster[chosen], self.outcome[chosen], self.schedule)

    def label_at(self, horizon: int, known_until: int) -> np.ndarray:
        """Return the labels of another horizon, int8 (n,), as they were known at a moment; -1 where undecided.

        Both are in microseconds. A row that converted early is decided only when its horizon has passed, as one
        that did not: deciding positives first would leave too many of them among the youngest rows.
        """
        label = ((self.outcome >= 0) & (self.outcome < self.as_of + horizon)).astype(np.int8)
        label[self.as_of + horizon > known_until] = UNDECIDED
        return label

    def weights(self, chosen: np.ndarray) -> np.ndarray:
        """Return what each chosen row weighs so that leads weigh the same, float64 (chosen,), of mean 1.

        A lead that is looked at seven times is still one lead. What counts is how often it was to be looked at
        within the chosen rows' period, and not how often it was: a lead that converts early is looked at less
        often, so that weights by the latter would tell the outcome and raise every probability.

        Raises
        ------
        ValueError
            The rows do not know their schedule.

        """
        if self.schedule is None:
            raise ValueError("these rows do not know their schedule, so they cannot be weighed by lead")
        if len(lead := self.lead[chosen]) == 0:
            return np.empty(0)
        moments = self.as_of[chosen]
        weight = 1.0 / self.schedule.counts(int(moments.min()), int(moments.max()))[lead]
        return weight / weight.mean()

    @property
    def decided(self) -> Rows:
        """The rows whose horizon has passed."""
        return self.take(self.label != UNDECIDED)

    @property
    def positives(self) -> int:
        """How many rows are positive."""
        return int((self.label == 1).sum())


def build_rows(dataset: Dataset, history: History, snapshots: Snapshots, horizon: int) -> Rows:
    """Take the snapshots of every lead while it is open, and label them.

    A lead is open from its creation until its first opportunity. A row is positive if that opportunity falls
    within [as_of, as_of + horizon), and undecided if the horizon ends after the observed period.
    """
    lead, as_of = _moments(history, snapshots, dataset.observed_until)
    lead, as_of = _within(lead, as_of, snapshots)
    seen = as_of <= dataset.observed_until
    schedule = Schedule(lead[seen], as_of[seen])
    keep = seen & is_open(dataset, history, lead, as_of)
    lead, as_of = lead[keep], as_of[keep]
    outcome = first_opportunity_from(dataset, history, lead, as_of)
    account = history.account_of[lead].astype(np.int64)
    cluster = np.where(account >= 0, account, len(history.account_ids) + lead)
    rows = Rows(lead, as_of, np.zeros(len(lead), np.int8), cluster, outcome, schedule)
    rows = replace(rows, label=rows.label_at(horizon, dataset.observed_until))
    return rows.take(np.lexsort((lead, as_of)))


def _moments(history: History, snapshots: Snapshots, until: int) -> tuple[np.ndarray, np.ndarray]:
    created = history.arrays.created_at
    numbers = np.arange(len(created), dtype=np.int64)
    if snapshots.ages is not None:
        ages = np.array([parse_duration(age, where="snapshots.ages") for age in snapshots.ages])
        moved = ages * (1 + snapshots.jitter * _moves(history.lead_ids, len(ages)))
        as_of = created[:, None] + np.maximum(moved.astype(np.int64), 1)
        return np.repeat(numbers, len(ages)), as_of.ravel()
    step = parse_duration(str(snapshots.every), where="snapshots.every")
    calendar = np.arange(parse_moment(str(snapshots.starting)), until + 1, step, dtype=np.int64)
    lead, which = np.nonzero(created[:, None] < calendar[None, :])
    return lead.astype(np.int64), calendar[which]


def _moves(lead_ids: np.ndarray, ages: int) -> np.ndarray:
    """Return numbers in [-1, 1), (leads, ages), that depend on nothing but a lead's id."""
    seeds = np.array(
        [int.from_bytes(hashlib.blake2b(str(i).encode(), digest_size=8).digest()) for i in lead_ids], np.uint64
    )
    # Weyl's sequence: successive ages of a lead get well-spread moves from its one hash.
    steps = (np.arange(1, ages + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))[None, :]
    return (seeds[:, None] + steps) / 2.0**63 - 1.0


def _within(lead: np.ndarray, as_of: np.ndarray, snapshots: Snapshots) -> tuple[np.ndarray, np.ndarray]:
    keep = np.ones(len(lead), bool)
    if snapshots.since is not None:
        keep &= as_of >= parse_moment(snapshots.since)
    if snapshots.until is not None:
        keep &= as_of <= parse_moment(snapshots.until)
    return lead[keep], as_of[keep]
