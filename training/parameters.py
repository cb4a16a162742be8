"""Which values the trees' parameters can have: asked before anything is computed, and not of LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Range:
    """From ``least`` (itself one of the values, unless ``above``) to ``most``; ``whole`` for counts."""

    least: float
    most: float = inf
    whole: bool = False
    above: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value is in it; NaN and the infinite never are."""
        if not isfinite(value) or (self.whole and value != int(value)):
            return False
        return value <= self.most and (value > self.least if self.above else value >= self.least)

    def __str__(self) -> str:
        """Return it in words."""
        kind = "a whole number" if self.whole else "a number"
        if self.above:
            return f"{kind} above {self.least:g}" + (f", at most {self.most:g}" if isfinite(self.most) else "")
        if isfinite(self.most):
            return f"{kind} from {self.least:.0f} to {self.most:.0f}"
        return f"{kind} of {self.least:g} or more"


#: What LightGBM's manual allows, and no step longer than the whole way. What is not here is no parameter of the
#: trees, which they say themselves.
RANGES = {
    "learning_rate": Range(0, 1, above=True),
    "num_leaves": Range(2, 131_072, whole=True),
    "min_child_samples": Range(0, whole=True),
    "reg_lambda": Range(0),
    "colsample_bytree": Range(0, 1, above=True),
    "subsample": Range(0, 1, above=True),
    "max_cat_to_onehot": Range(1, whole=True),
    "cat_smooth": Range(0),
    "n_estimators": Range(1, whole=True),
    "early_stopping_rounds": Range(1, whole=True),
    "random_state": Range(0, 2**31 - 1, whole=True),
    "n_jobs": Range(-1, whole=True),
}


def checked_parameters(values: Mapping[str, float]) -> dict[str, float]:
    """Return the values, counts as whole numbers, if trees can be grown with them.

    Raises
    ------
    ValueError
        One lies outside its range; the message says what was seen and what can be.

    """
    found = dict(values)
    for name in values.keys() & RANGES.keys():
        if not RANGES[name].holds(values[name]):
            raise ValueError(f"{name} is {values[name]!r}; expected {RANGES[name]}")
        if RANGES[name].whole:
            found[name] = int(values[name])
    return found
