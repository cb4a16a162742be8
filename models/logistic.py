"""Logistic regression on the same features: the plain statistical yardstick beside the boosted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Quantile above which a quantity counts no further: a few huge values would decide the slope.
_CUT = 0.99


class LogisticBaseline(ClassifierMixin, BaseEstimator):
    """Ridge-penalised logistic regression with the preparation that lead features need.

    Quantities go through a signed logarithm (counts and amounts are skewed), are standardised, and get a
    column of their own for "missing" where any value is; categories become one column per level.

    Parameters
    ----------
    C
        Inverse of the penalty, as in scikit-learn.
    straight
        Whether quantities also stand as they are, cut off above their 99th percentile: where the log-odds rise
        with an amount itself, its logarithm alone bends them wrongly.

    Attributes
    ----------
    model_ : sklearn.linear_model.LogisticRegression

    """

    def __init__(self, *, C: float = 0.05, straight: bool = False) -> None:
        self.C = C
        self.straight = straight

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        *,
        categories: Sequence[int] = (),
        weight: np.ndarray | None = None,
    ) -> Self:
        """Fit on float64 (n, f) with NaN for missing and codes in the ``categories`` columns, and 0/1 (n,).

        ``weight`` (n,) is what each row weighs, all alike without it.
        """
        self._categories = sorted(categories)
        self._numbers = [i for i in range(X.shape[1]) if i not in set(categories)]
        self._levels = [int(np.nanmax(X[:, i], initial=-1)) + 1 for i in self._categories]
        if self.straight:
            self._highest = np.nanquantile(_or_zero(X[:, self._numbers]), _CUT, axis=0)
        quantities = self._quantities(X)
        self._center = np.nan_to_num(np.nanmean(_or_zero(quantities), axis=0))
        spread = np.nanstd(_or_zero(quantities), axis=0)
        self._scale = np.where(spread > 0, spread, 1.0)
        self._with_gaps = np.isnan(quantities[:, : len(self._numbers)]).any(axis=0)
        self.model_ = LogisticRegression(C=self.C, max_iter=100, solver="newton-cholesky")
        self.model_.fit(self._design(X), y, sample_weight=weight)
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = X.shape[1]
        return self

    def _quantities(self, X: np.ndarray) -> np.ndarray:
        given = X[:, self._numbers]
        if not self.straight:
            return _signed_log(given)
        return np.hstack([_signed_log(given), np.minimum(given, self._highest)])

    def _design(self, X: np.ndarray) -> np.ndarray:
        quantities = self._quantities(X)
        missing = np.isnan(quantities)
        standard = np.where(missing, 0.0, (quantities - self._center) / self._scale)
        dummies = [
            (X[:, [i]] == np.arange(levels)).astype(np.float64)
            for i, levels in zip(self._categories, self._levels, strict=True)
        ]
        gaps = missing[:, : len(self._numbers)][:, self._with_gaps]
        return np.hstack([standard, gaps.astype(np.float64), *dummies])

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return log-odds, float64 (n,)."""
        check_is_fitted(self)
        return self.model_.decision_function(self._design(X))

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities, float64 (n, 2)."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._design(X))


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values))


def _or_zero(values: np.ndarray) -> np.ndarray:
    """Return the values with all-missing columns set to 0, so that their mean exists."""
    empty = np.isnan(values).all(axis=0)
    return np.where(empty, 0.0, values)
