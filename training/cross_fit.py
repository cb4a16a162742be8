"""Calibrate on predictions for accounts that a model did not see, by a model nearly as good as the final one.

A model fitted on the older rows only, stopped and calibrated on the newer ones, is flatter than the one refitted
on all, so its calibration overstates the refitted one. Folds of accounts avoid that: each fold's model learns
from all training rows of the other accounts, and speaks of the latest rows of its own.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from features.errors import ConfigError
from models.calibration import LogitLine
from training.split import account_folds

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.material import Material


THREADS = os.cpu_count() or 1


class Fitted(Protocol):
    """Anything with scikit-learn's ``decision_function``."""

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return log-odds, float64 (n,)."""


Model = TypeVar("Model", bound=Fitted)


def cross_fit(
    material: Material, folds: int, fit: Callable[[np.ndarray, np.ndarray], Model]
) -> tuple[list[Model], LogitLine]:
    """Fit once a fold and calibrate on the late training rows' out-of-fold log-odds.

    ``fit(learn, held)`` takes two masks over the rows: the training rows of the other folds, and the late ones
    of this fold. Returns the fitted models and the calibration.

    Raises
    ------
    ConfigError
        A fold's late rows have no positive, so that nothing can be stopped or calibrated on them.

    """
    parts, labels = material.parts, material.rows.label
    inputs = material.matrix[:, : material.width]
    fold = account_folds(material.rows.cluster, material.history, folds)
    masks = [(parts.train & (fold != number), parts.late & (fold == number)) for number in range(folds)]
    for learn, held in masks:
        _check(labels, learn, held, folds)
    # One thread a fold: folds share nothing, whereas threads within one small fit mostly wait for each other.
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda mask: fit(*mask), masks))
    log_odds = np.full(len(labels), np.nan)
    for model, (_, held) in zip(found, masks, strict=True):
        log_odds[held] = model.decision_function(inputs[held])
    return found, LogitLine.fit(log_odds[parts.late], labels[parts.late], prior_slope=1.0)


def _check(labels: np.ndarray, learn: np.ndarray, held: np.ndarray, folds: int) -> None:
    if not labels[learn].any() or not labels[held].any():
        raise ConfigError(
            f"too few opportunities for {folds} folds: one of them has none among the latest training rows",
            hint="fewer folds in the training specification, or a longer history",
        )
