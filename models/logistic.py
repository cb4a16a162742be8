"""Logistic regression on the same features: the plain statistical yardstick beside the boosted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Sequence


class LogisticBaseline(ClassifierMixin, BaseEstimator):
    """Ridge-penalised logistic regression with the preparation that lead features need.

    Quantities go through a signed logarithm (counts and amounts are skewed), are standardised, and get a
    column of their own for "missing" where any value is; categories become one column per level.

    Parameters
    ----------
    C
        Inverse of the penalty, as in scikit-learn.

    Attributes
    ----------
    model_ : sklearn.linear_model.LogisticRegression

    """

    def __init__(self, *, C: float = 0.05) -> None:
        self.C = C

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
        quantities = _signed_log(X[:, self._numbers])
        self._center = np.nan_to_num(np.nanmean(_or_zero(quantities), axis=0))
        spread = np.nanstd(_or_zero(quantities), axis=0)
        self._scale = np.where(spread > 0, spread, 1.0)
        self._with_gaps = np.isnan(quantities).any(axis=0)
        self.model_ = LogisticRegression(C=self.C, max_iter=100, solver="newton-cholesky")
        self.model_.fit(self._design(X), y, sample_weight=weight)
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = X.shape[1]
        return self

    def _design(self, X: np.ndarray) -> np.ndarray:
        quantities = _signed_log(X[:, self._numbers])
        missing = np.isnan(quantities)
        standard = np.where(missing, 0.0, (quantities - self._center) / self._scale)
        dummies = [
            (X[:, [i]] == np.arange(levels)).astype(np.float64)
            for i, levels in zip(self._categories, self._levels, strict=True)
        ]
        return np.hstack([standard, missing[:, self._with_gaps].astype(np.float64), *dummies])

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
