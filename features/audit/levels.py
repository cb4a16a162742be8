"""Counts of leads and outcomes by value and stretch of time, and the few statistics that verdicts rest on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Levels with fewer leads than this are taken together.
FEWEST_LEADS = 30

#: How many standard errors a level's odds must clear before they count.
ERRORS = 2.0


@dataclass(frozen=True)
class Levels:
    """One field's values against the outcome.

    ``n`` and ``k`` are leads and outcomes, shape (levels, blocks, 2 halves); ``names`` gives each level's
    value, None for not filled in; ``centers`` the mean number of each level where the field is numeric.
    """

    names: tuple[str | None, ...]
    n: Floats
    k: Floats
    centers: Floats | None = None

    @property
    def numeric(self) -> bool:
        """Whether the levels are bins of a number."""
        return self.centers is not None

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which levels are values, not blanks."""
        return np.array([name is not None for name in self.names], dtype=bool)

    @cached_property
    def leads(self) -> Floats:
        """Leads per level."""
        return self.n.sum(axis=(1, 2))

    @cached_property
    def outcomes(self) -> Floats:
        """Outcomes per level."""
        return self.k.sum(axis=(1, 2))

    @cached_property
    def block_rate(self) -> Floats:
        """Share of outcomes in each block."""
        return self.k.sum(axis=(0, 2)) / np.maximum(self.n.sum(axis=(0, 2)), 1.0)

    @cached_property
    def expected(self) -> Floats:
        """Outcomes that each level would have at its blocks' own rates."""
        return np.asarray(self.n.sum(axis=2) @ self.block_rate)

    def shifts(self) -> tuple[Floats, Floats]:
        """Shift of each level's log-odds from those expected in its stretches of time, and its standard error."""
        return shift(self.leads, self.outcomes, self.expected)

    def pooled(self) -> Levels:
        """Return the same with the rare filled-in levels of a category taken together."""
        rare = (self.leads < FEWEST_LEADS) & self.filled
        if self.numeric or rare.sum() < 2:
            return self
        kept = [i for i in range(len(self.names)) if not rare[i]]
        return Levels(
            (*(self.names[i] for i in kept), f"{int(rare.sum())} rare values"),
            np.concatenate([self.n[kept], self.n[rare].sum(axis=0, keepdims=True)]),
            np.concatenate([self.k[kept], self.k[rare].sum(axis=0, keepdims=True)]),
        )

    def auc(self) -> float:
        """How well the field alone ranks leads of the same stretch of time, on the half it did not learn from.

        Each level's odds are learnt from one half of the leads and tried on the other; pairs are only made
        within a block. 0.5 is nothing, 1.0 is all.
        """
        won = pairs = 0.0
        for learn, judge in ((0, 1), (1, 0)):
            score = _scores(self.n[:, :, learn], self.k[:, :, learn])
            part = _pairs(score, self.n[:, :, judge], self.k[:, :, judge])
            won, pairs = won + part[0], pairs + part[1]
        return won / pairs if pairs else 0.5


def shift(leads: Floats, outcomes: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Log-odds of ``outcomes`` among ``leads`` less those of ``expected``, and the standard error."""
    others, expected_others = leads - outcomes, leads - expected
    odds = np.log((outcomes + 0.5) / (others + 0.5))
    baseline = np.log((expected + 0.5) / (expected_others + 0.5))
    return odds - baseline, np.sqrt(1 / (outcomes + 0.5) + 1 / (others + 0.5))


def _scores(n: Floats, k: Floats) -> Floats:
    rate = k.sum(axis=0) / np.maximum(n.sum(axis=0), 1.0)
    expected = n @ rate
    # Ten expected leads' worth of doubt keeps small levels near the middle.
    overall = k.sum() / max(n.sum(), 1.0)
    return (k.sum(axis=1) + 10 * overall) / (expected + 10 * overall + 1e-9)


def _pairs(score: Floats, n: Floats, k: Floats) -> tuple[float, float]:
    order = np.argsort(score, kind="stable")
    score, k, rest = score[order], k[order], (n - k)[order]
    below = np.cumsum(rest, axis=0) - rest
    # Levels with one score are tied: they share what lies below all of them, and half of their own.
    first = np.searchsorted(score, score, side="left")
    last = np.searchsorted(score, score, side="right") - 1
    tied = below[last] + rest[last] - below[first]
    won = float((k * (below[first] + 0.5 * tied)).sum())
    return won, float((k.sum(axis=0) * rest.sum(axis=0)).sum())
