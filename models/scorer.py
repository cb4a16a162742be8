"""The interface that cards and models share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from features.language import FeatureSet

GRADES = ("A", "B", "C", "D")

#: Group of what the card's points add to a model whose trees began from them.
START_GROUP = "agreed points"


@dataclass(frozen=True)
class Contributions:
    """What each group added to each row's total: ``values`` (n, groups), ``base`` (n,) or a scalar.

    ``base + values.sum(axis=1)`` is the total, in log-odds for a model and in points for a card.
    """

    groups: tuple[str, ...]
    values: np.ndarray
    base: float


class Scorer(Protocol):
    """Features in; total, probability, contributions and grade out.

    ``matrix`` is float64 (n, f) with columns as in :attr:`feature_set`, categories as positions in their levels.
    """

    @property
    def name(self) -> str:
        """How tables and answers name it, version included."""

    @property
    def feature_set(self) -> FeatureSet:
        """The features that it reads, in column order."""

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return what it ranks by, float64 (n,): log-odds or points."""

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the calibrated probability of an opportunity within the horizon, float64 (n,)."""

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return what each group of features (model) or rule (card) added."""

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return the grade letters (n,)."""


def grade_letters(values: np.ndarray, cuts: tuple[float, float, float]) -> np.ndarray:
    """Return A, B, C or D for each value, where ``cuts`` are the least values of A, B and C.

    >>> grade_letters(np.array([90, 40, 3]), (60, 40, 20)).tolist()
    ['A', 'B', 'D']
    """
    a, b, c = cuts
    return np.select([values >= a, values >= b, values >= c], GRADES[:3], GRADES[3])


def grade_letter(value: float, cuts: tuple[float, float, float]) -> str:
    """Return :func:`grade_letters` of one value.

    >>> grade_letter(40, (60, 40, 20))
    'B'
    """
    return next((letter for letter, least in zip(GRADES, cuts, strict=False) if value >= least), GRADES[3])


def cuts_at_shares(values: np.ndarray, shares: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the least values of A, B and C such that these shares of ``values`` get A, A or B, A to C."""
    quantiles = np.quantile(values, [1 - min(max(share, 0.0), 1.0) for share in shares])
    return float(quantiles[0]), float(quantiles[1]), float(quantiles[2])
