"""Boosted trees on feature matrices, with scikit-learn's manners and exact additive explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import lightgbm as lgb
import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Same trees on one thread and on two; LightGBM's own advice for reproducible results.
_DETERMINISTIC = {"deterministic": True, "force_row_wise": True, "verbosity": -1}


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """LightGBM's binary classifier on float64 matrices with NaN for missing and codes for categories.

    Parameters are LightGBM's own, by its names. The defaults are careful: lead data has few positives, and
    LightGBM's own defaults (31 leaves, 20 rows a leaf, rate 0.1) do not beat guessing the rate there.

    Parameters
    ----------
    learning_rate, num_leaves, min_child_samples, reg_lambda, colsample_bytree, subsample
        As in ``lightgbm.LGBMClassifier``.
    max_cat_to_onehot, cat_smooth
        How readily categories split; many levels and few positives want a high ``cat_smooth``.
    n_estimators
        Most rounds; with an evaluation set, training stops earlier.
    early_stopping_rounds
        Rounds without a lower log loss on the evaluation set before training stops.
    random_state
        Seed of column and row sampling.
    n_jobs
        Threads of training.

    Attributes
    ----------
    booster_ : lightgbm.Booster
    best_iteration_ : int

    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        num_leaves: int = 8,
        min_child_samples: int = 100,
        reg_lambda: float = 10.0,
        colsample_bytree: float = 0.4,
        subsample: float = 0.8,
        max_cat_to_onehot: int = 4,
        cat_smooth: float = 50.0,
        n_estimators: int = 1500,
        early_stopping_rounds: int = 50,
        random_state: int = 0,
        n_jobs: int = 2,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.reg_lambda = reg_lambda
        self.colsample_bytree = colsample_bytree
        self.subsample = subsample
        self.max_cat_to_onehot = max_cat_to_onehot
        self.cat_smooth = cat_smooth
        self.n_estimators = n_estimators
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        *,
        eval_set: tuple[np.ndarray, np.ndarray] | None = None,
        feature_names: Sequence[str] | None = None,
        categories: Sequence[int] = (),
        directions: Sequence[int] | None = None,
        weight: np.ndarray | None = None,
        offset: np.ndarray | None = None,
        eval_weight: np.ndarray | None = None,
        eval_offset: np.ndarray | None = None,
        on_round: Callable[[int, float | None], None] | None = None,
    ) -> Self:
        """Grow the trees.

        Parameters
        ----------
        X, y
            float64 (n, f) and 0/1 (n,).
        eval_set
            Matrix and labels for early stopping; without it exactly ``n_estimators`` rounds are grown.
        feature_names
            Column names kept in the booster's text.
        categories
            Numbers of the category columns.
        directions
            -1, 0 or +1 per column: the score must fall or rise with it.
        weight, eval_weight
            How much each row counts, float64 (n,); without, all count the same.
        offset, eval_offset
            Log-odds that each row starts from, float64 (n,), as from another scorer. The trees learn what is to be
            added, and their raw score is without it. Both or neither, where there is an evaluation set.
        on_round
            Called after each round with its number and the evaluation log loss. What it raises ends the training
            and reaches the caller, so that a search can give up on a poor one.

        Raises
        ------
        ValueError
            Rows and evaluation rows do not both have an offset.

        """
        if eval_set is not None and (offset is None) != (eval_offset is None):
            raise ValueError("offset and eval_offset belong together")
        names = list(feature_names) if feature_names is not None else [f"f{i}" for i in range(X.shape[1])]
        settings = {"feature_name": names, "categorical_feature": [names[i] for i in categories]}
        train = lgb.Dataset(X, np.asarray(y, np.float64), weight=weight, init_score=offset, **settings)
        valid = []
        if eval_set is not None:
            valid = [lgb.Dataset(*eval_set, reference=train, weight=eval_weight, init_score=eval_offset)]
        callbacks = [_report(on_round)] if on_round else []
        if eval_set is not None:
            callbacks.append(lgb.early_stopping(self.early_stopping_rounds, verbose=False))
        self.booster_ = lgb.train(
            self._parameters(directions), train, self.n_estimators, valid_sets=valid, callbacks=callbacks
        )
        self.best_iteration_ = self.booster_.best_iteration if eval_set is not None else self.n_estimators
        if self.best_iteration_ <= 0:
            self.best_iteration_ = self.booster_.current_iteration()
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = X.shape[1]
        return self

    def _parameters(self, directions: Sequence[int] | None) -> dict[str, object]:
        parameters: dict[str, object] = {
            "objective": "binary",
            "metric": "binary_logloss",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_child_samples,
            "lambda_l2": self.reg_lambda,
            "feature_fraction": self.colsample_bytree,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1 if self.subsample < 1 else 0,
            "max_cat_to_onehot": self.max_cat_to_onehot,
            "cat_smooth": self.cat_smooth,
            "seed": self.random_state,
            "num_threads": self.n_jobs,
            **_DETERMINISTIC,
        }
        if directions is not None and any(directions):
            parameters["monotone_constraints"] = list(directions)
        return parameters

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return raw log-odds, float64 (n,)."""
        check_is_fitted(self)
        return raw_log_odds(self.booster_, X, self.best_iteration_)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return uncalibrated probabilities, float64 (n, 2)."""
        p = expit(self.decision_function(X))
        return np.column_stack([1 - p, p])

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return 1 where an opportunity is likelier than not, int64 (n,)."""
        return (self.decision_function(X) > 0).astype(np.int64)


def raw_log_odds(booster: lgb.Booster, X: np.ndarray, rounds: int = -1, threads: int = 2) -> np.ndarray:
    """Return a booster's raw scores, float64 (n,); one row runs on one thread, where the tail is shortest."""
    jobs = 1 if len(X) < 64 else threads
    return np.asarray(booster.predict(X, raw_score=True, num_iteration=rounds, num_threads=jobs))


def tree_contributions(booster: lgb.Booster, X: np.ndarray, threads: int = 2) -> tuple[np.ndarray, float]:
    """Return exact path-dependent SHAP values in raw log-odds, float64 (n, f), and their base.

    LightGBM's own TreeSHAP (Lundberg, Erion and Lee 2018): ``base + values.sum(axis=1)`` is the raw score.
    """
    if len(X) == 0:
        return np.zeros((0, X.shape[1])), 0.0
    jobs = 1 if len(X) < 64 else threads
    full = np.asarray(booster.predict(X, pred_contrib=True, num_threads=jobs))
    return full[:, :-1], float(full[0, -1])


def _report(on_round: Callable[[int, float | None], None]) -> Callable[[lgb.callback.CallbackEnv], None]:
    def call(env: lgb.callback.CallbackEnv) -> None:
        loss = env.evaluation_result_list[0][2] if env.evaluation_result_list else None
        on_round(env.iteration + 1, loss)

    return call
