"""The arms made of trees: LightGBM as it comes, the model that is served, and trees that start from the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import ConfigError
from models.boosted import BoostedTrees, raw_log_odds
from models.calibration import from_log_odds
from training.arms.arm import FittedArm
from training.arms.plain import calibrated_card
from training.calibrate import choose_calibration
from training.comparison import Arm
from training.split import account_folds
from training.trees import Grown, grow_trees
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.calibration import Calibration, LogitLine
    from training.calibrate import Chosen
    from training.material import Material
    from training.spec import TrainingSpec

#: LightGBM's own defaults, by its names.
_AS_IT_COMES: dict[str, Any] = {
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_child_samples": 20,
    "reg_lambda": 0.0,
    "colsample_bytree": 1.0,
    "subsample": 1.0,
    "max_cat_to_onehot": 4,
    "cat_smooth": 10.0,
    "n_estimators": 100,
}


@dataclass(frozen=True)
class FittedTrees:
    """Grown trees with what turns their raw score into a probability.

    ``late`` are the totals of the late rows by trees that did not see their accounts, start included, in order
    of ``np.flatnonzero(parts.late)``. ``start`` is the card's calibrated line, from which the trees began,
    or None.
    """

    name: str
    grown: Grown
    chosen: Chosen
    late: np.ndarray
    start: LogitLine | None = None

    @property
    def calibration(self) -> Calibration:
        """What turns the total of trees and start into log-odds."""
        return self.chosen.calibration

    def arm(self, material: Material) -> FittedArm:
        """Return the arm over a material's rows."""

        def predict(chosen: np.ndarray) -> Arm:
            total = raw_log_odds(self.grown.booster, material.matrix[chosen, : material.width])
            if self.start is not None:
                total = total + self.start.log_odds(_points(material, chosen))
            log_odds = self.calibration.log_odds(total)
            return Arm(log_odds, from_log_odds(log_odds))

        return FittedArm(self.name, predict)


def fit_lightgbm(material: Material, spec: TrainingSpec) -> FittedArm:
    """Fit LightGBM with its own defaults on the training rows, and take its probability as it comes."""
    train, inputs = material.parts.train, material.matrix[:, : material.width]
    trees = BoostedTrees(random_state=spec.seed, **_AS_IT_COMES)
    trees.fit(
        inputs[train],
        material.rows.label[train],
        weight=training_weights(material, spec, train),
        feature_names=material.feature_set.names[: material.width],
        categories=material.categories,
    )

    def predict(chosen: np.ndarray) -> Arm:
        log_odds = trees.decision_function(inputs[chosen])
        return Arm(log_odds, from_log_odds(log_odds))

    return FittedArm("lightgbm", predict)


def fit_model(
    material: Material,
    spec: TrainingSpec,
    configurations: Sequence[Mapping[str, Any]] | None = None,
    on_round: Callable[[int, float | None], None] | None = None,
) -> FittedTrees:
    """Grow the trees that are served, one booster whatever was bagged, and calibrate them on the late rows."""
    grown = grow_trees(material, spec, parameters=configurations, on_round=on_round)
    return FittedTrees("model", grown, _calibrated(material, spec, grown.late), grown.late)


def fit_from_card(
    material: Material,
    spec: TrainingSpec,
    name: str,
    configurations: Sequence[Mapping[str, Any]] | None = None,
    on_round: Callable[[int, float | None], None] | None = None,
) -> FittedTrees:
    """Grow trees that start from the card's calibrated log-odds and learn only what it misses.

    Raises
    ------
    ConfigError
        There is no card.

    """
    if material.card is None:
        raise ConfigError("start: card, and there is no card", hint="name one with --card, or start: nothing")
    start = calibrated_card(material, spec).calibration
    if start is None:
        raise ValueError("the card has no calibration")
    offset = start.log_odds(_points(material, np.ones(len(material.rows), bool)))
    grown = grow_trees(material, spec, parameters=configurations, offset=offset, on_round=on_round)
    total = grown.late + offset[material.parts.late]
    return FittedTrees(name, grown, _calibrated(material, spec, total), total, start)


def _calibrated(material: Material, spec: TrainingSpec, total: np.ndarray) -> Chosen:
    rows, late = material.rows, material.parts.late
    weight = training_weights(material, spec, late)
    folds = account_folds(rows.cluster[late], material.history, spec.folds)
    return choose_calibration(total, rows.label[late], weight, folds, kind=spec.calibration)


def _points(material: Material, chosen: np.ndarray) -> np.ndarray:
    if material.card is None:
        raise ValueError("this training has no card to start from")
    return material.card.total(material.card_matrix[chosen])
