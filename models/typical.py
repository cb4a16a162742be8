"""What leads are typically like: each feature's usual value, and how many leads have less, as much or more."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from features.language import FeatureSet

#: A number with more different values than this is kept at its quantiles.
MOST_MARKS = 100


class Place(NamedTuple):
    """Shares of the reference leads with less than a value, with exactly it, with more, and without any.

    ``below`` and ``above`` are never more than the true shares.
    """

    below: float
    at: float
    above: float
    missing: float


class TypicalValue(BaseModel):
    """One feature: ``value`` is typical among the training rows, None where it is typically missing.

    ``marks`` are values of the reference leads, ascending: all of them, or quantiles of very many. ``below`` and
    ``at`` give the share of leads below each mark and on it, ``missing`` the share without a value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    missing: float
    marks: tuple[float, ...]
    below: tuple[float, ...]
    at: tuple[float, ...]

    def place(self, value: float) -> Place:
        """Return where a value stands among the reference leads.

        >>> some = TypicalValue(value=0, missing=0.1, marks=(0, 4), below=(0, 0.6), at=(0.6, 0.3))
        >>> tuple(round(share, 2) for share in some.place(2))
        (0.6, 0.0, 0.3, 0.1)
        """
        if value != value or not self.marks:  # noqa: PLR0124 - not a number is not itself
            return Place(0.0, 0.0, 0.0, self.missing)
        known = 1.0 - self.missing
        i = bisect_left(self.marks, value)
        if i < len(self.marks) and self.marks[i] == value:
            above = known - self.below[i] - self.at[i]
            return Place(self.below[i], self.at[i], max(above, 0.0), self.missing)
        below = self.below[i - 1] + self.at[i - 1] if i else 0.0
        above = known - self.below[i] if i < len(self.marks) else 0.0
        return Place(below, 0.0, max(above, 0.0), self.missing)


class Typical(BaseModel):
    """Typical values by feature name, from ``leads`` reference leads, each counted once at one look.

    ``points`` are the agreed card's, where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    leads: int
    features: dict[str, TypicalValue]
    points: TypicalValue | None = None


def learn_typical(
    feature_set: FeatureSet,
    rows: np.ndarray,
    weight: np.ndarray,
    leads: np.ndarray,
    points: tuple[np.ndarray, np.ndarray] | None = None,
) -> Typical:
    """Learn what is typical.

    ``rows`` (n, f) are the training rows with their ``weight`` (n,); ``leads`` (m, f) the reference leads, each
    once, by which a value is compared. ``points`` are the card's of both, (n,) and (m,).
    """
    found = {}
    for i, feature in enumerate(feature_set.features):
        typical = (most_frequent if feature.is_category else weighted_median)(rows[:, i], weight)
        found[feature.name] = _described(typical, leads[:, i])
    agreed = None if points is None else _described(weighted_median(points[0], weight), points[1])
    return Typical(leads=len(leads), features=found, points=agreed)


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the lower median, one of the values (n,) themselves; NaN where more than half the weight is missing.

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 1.0]))
    2.0
    """
    known = ~np.isnan(values)
    if weight[known].sum() * 2 < weight.sum() or not known.any():
        return float("nan")
    order = np.argsort(values[known], kind="stable")
    total = np.cumsum(weight[known][order])
    return float(values[known][order][np.searchsorted(total, total[-1] / 2)])


def most_frequent(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the value (n,) of most weight; missing counts as a value, and the smallest of equals is taken."""
    codes, place = np.unique(values, return_inverse=True)
    return float(codes[np.argmax(np.bincount(place, weights=weight))]) if len(values) else float("nan")


def _described(typical: float, leads: np.ndarray) -> TypicalValue:
    known, count = leads[~np.isnan(leads)], max(len(leads), 1)
    marks, at = np.unique(known, return_counts=True)
    if len(marks) > MOST_MARKS:
        marks = np.unique(np.quantile(known, np.linspace(0, 1, MOST_MARKS), method="lower"))
        at = np.searchsorted(np.sort(known), marks, side="right") - np.searchsorted(np.sort(known), marks)
    below = np.searchsorted(np.sort(known), marks)
    return TypicalValue(
        value=None if np.isnan(typical) else typical,
        missing=float(1 - len(known) / count) if len(leads) else 0.0,
        marks=tuple(marks.tolist()),
        below=tuple((below / count).tolist()),
        at=tuple((at / count).tolist()),
    )
