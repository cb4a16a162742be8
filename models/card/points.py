"""The points of one rule for the values of the feature that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.texts import READERS

if TYPE_CHECKING:
    from models.card.rule import Range, Rule

#: What is so little short of a half is one.
SLACK = 1e-9


def points_of(rule: Rule, values: np.ndarray) -> np.ndarray:
    """Return one rule's points, int64 (n,), for its feature's values, float64 (n,); what is unknown earns none."""
    if rule.repeats:
        points = whole_points(np.nan_to_num(values, nan=0.0) * rule.points)
        if rule.cap is not None:
            points = np.minimum(points, rule.cap) if rule.points > 0 else np.maximum(points, rule.cap)
        return points.astype(np.int64)
    return np.where(is_met(rule, values), rule.points, 0).astype(np.int64)


def is_met(rule: Rule, values: np.ndarray) -> np.ndarray:
    """Tell for each value whether the rule's condition holds, bool (n,); of a rule that repeats, at least once."""
    if rule.missing:
        return np.isnan(values)
    if rule.between is not None or rule.days_since is not None:
        return _within(values, rule.between or rule.days_since or (None, None))
    known = np.nan_to_num(values, nan=0.0)
    if rule.attribute is None:
        return known >= (rule.distinct_days or rule.at_least or 1) if rule.half_life is None else known > 0
    if rule.read is not None:
        wanted = [READERS[rule.read].levels.index(text) for text in rule.texts]
        return np.isin(values, wanted)
    return known == 1.0


def whole_points(points: np.ndarray) -> np.ndarray:
    """Round to whole points, halves away from zero, as people do.

    What is a billionth short of a half is one: sums of weights carry errors in their last bits.

    >>> whole_points(np.array([2.5, -2.5, 0.4])).tolist()
    [3.0, -3.0, 0.0]
    """
    return np.copysign(np.floor(np.abs(points) + 0.5 + SLACK), points) + 0.0


def _within(values: np.ndarray, ends: Range) -> np.ndarray:
    low, high = ends
    met = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        met &= (values >= low) if low is not None else True
        met &= (values <= high) if high is not None else True
    return met
