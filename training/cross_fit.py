"""Predictions for accounts that a model did not see, by models nearly as good as the final one, to calibrate on.

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
    material: Material,
    folds: int,
    fit: Callable[[np.ndarray, np.ndarray], Model],
    learnable: np.ndarray | None = None,
) -> tuple[list[Model], np.ndarray]:
    """Fit once a fold, and let each model speak of the late rows of the accounts that it did not see.

    ``fit(learn, held)`` takes masks over the rows: those of the other folds to learn from, and the late ones
    of this fold. ``learnable``, bool (n,), are the training rows unless told otherwise. Returns the fitted models
    and their totals of the late rows, float64 (late rows,) in the rows' order.

    Raises
    ------
    ConfigError
        A fold's late rows have no positive, so that nothing can be stopped or calibrated on them.

    """
    parts, labels = material.parts, material.rows.label
    inputs = material.matrix[:, : material.width]
    fold = account_folds(material.rows.cluster, material.history, folds)
    learnable = parts.train if learnable is None else learnable
    masks = [(learnable & (fold != number), parts.late & (fold == number)) for number in range(folds)]
    for learn, held in masks:
        _check(labels, learn, held, folds)
    # One thread a fold: folds share nothing, whereas threads within one small fit mostly wait for each other.
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda mask: fit(*mask), masks))
    totals = np.full(len(labels), np.nan)
    for model, (_, held) in zip(found, masks, strict=True):
        totals[held] = model.decision_function(inputs[held])
    return found, totals[parts.late]


def _check(labels: np.ndarray, learn: np.ndarray, held: np.ndarray, folds: int) -> None:
    if not (labels[learn] == 1).any() or not (labels[held] == 1).any():
        raise ConfigError(
            f"too few opportunities for {folds} folds: one of them has none among the latest training rows",
            hint="fewer folds in the training specification, or a longer history",
        )
