"""What changed points gain on rows that were not learnt from, against the agreed card, with paired intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from training.bootstrap import percentile_interval, resample
from training.capacity import found_at_capacity, week_of
from training.comparison import Estimate
from training.rules.loss import losses_with, total_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.rules.rows import RuleRows


@dataclass(frozen=True)
class HeldGains:
    """Gains of one card over another on the same held-out rows: less log loss, and more opportunities found.

    ``found`` is None where no capacity is given.
    """

    log_loss: Estimate
    found: Estimate | None


@dataclass(frozen=True)
class HeldOut:
    """Held-out rows on which cards are held against each other.

    ``rows`` were learnt from by nothing; ``lead_ids`` (n,) break ties among equal points as everywhere else.
    ``capacity`` is leads called a week. All comparisons are on the same draws of accounts.
    """

    rows: RuleRows
    lead_ids: np.ndarray
    capacity: int | None = None
    replicates: int = 500
    seed: int = 0

    @cached_property
    def _weeks(self) -> np.ndarray:
        return week_of(self.rows.as_of)

    def gains(
        self,
        changes: Mapping[int, int],
        line: tuple[float, float],
        before: Mapping[int, int],
        line_before: tuple[float, float],
    ) -> HeldGains:
        """Return what a card with ``changes`` gains over one with those ``before``, each with its fitted line."""
        rows = self.rows
        less = losses_with(rows, before, line_before) - losses_with(rows, changes, line)
        columns = [rows.weight * less, rows.weight]
        if self.capacity is not None:
            columns.append(self._hits(changes) - self._hits(before))
        sums = np.column_stack([np.bincount(rows.account, part, rows.accounts) for part in columns])

        def gained(counts: np.ndarray) -> np.ndarray:
            summed = counts @ sums
            return np.array([summed[0] / summed[1], *summed[2:]])

        value = gained(np.ones(rows.accounts))
        low, high = percentile_interval(resample(gained, rows.accounts, self.replicates, self.seed))
        found = [Estimate(*map(float, one)) for one in zip(value, low, high, strict=True)]
        return HeldGains(found[0], found[1] if len(found) > 1 else None)

    def qualified(self, changes: Mapping[int, int]) -> float:
        """Return the share of leads, weighing alike, with the points that qualify."""
        enough = total_with(self.rows, changes) >= self.rows.card.card.qualified
        return float(np.average(enough, weights=self.rows.weight))

    def loss(self, changes: Mapping[int, int], line: tuple[float, float]) -> float:
        """Return the mean log loss under a line fitted elsewhere."""
        return float(np.average(losses_with(self.rows, changes, line), weights=self.rows.weight))

    def _hits(self, changes: Mapping[int, int]) -> np.ndarray:
        rows = self.rows
        picks = found_at_capacity(
            self._weeks,
            self.lead_ids,
            total_with(rows, changes),
            rows.label > 0,
            int(self.capacity or 1),
            as_of=rows.as_of,
            seed=self.seed,
        )
        return (picks.mask & (rows.label > 0)).astype(np.float64)
