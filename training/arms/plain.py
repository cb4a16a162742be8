"""The arms without trees: the base rate, the agreed card as it is and recalibrated, and logistic regression."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.calibration import LogitLine
from models.logistic import LogisticBaseline
from models.scorer import GRADES
from training.arms.arm import FittedArm
from training.comparison import Arm
from training.cross_fit import cross_fit
from training.metrics import log_loss
from training.split import account_folds
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.card import CardScorer
    from training.material import Material
    from training.spec import TrainingSpec

# A grade with few leads borrows as much as this many rows at the base rate.
_BORROWED = 10.0
# Strong and weak penalties, quantities as logarithms or also as they are; and the rows that decide among them.
_LOGISTICS = [{"C": C, "straight": straight} for straight in (False, True) for C in (0.05, 0.5)]
_TO_CHOOSE, _ENOUGH_WON = 10_000, 200


def fit_constant(material: Material, spec: TrainingSpec) -> FittedArm:
    """Give everybody the rate of the training rows."""
    train = material.parts.train
    rate = float(np.average(material.rows.label[train], weights=training_weights(material, spec, train)))

    def predict(chosen: np.ndarray) -> Arm:
        return Arm(np.zeros(int(chosen.sum())), np.full(int(chosen.sum()), rate))

    return FittedArm("constant", predict)


def fit_card(material: Material, spec: TrainingSpec) -> FittedArm:
    """Rank by the agreed points; a lead's probability is what became of the training rows of its grade."""
    card, train = _card(material), material.parts.train
    weight, label = training_weights(material, spec, train), material.rows.label[train]
    base = float(np.average(label, weights=weight))
    grade = card.grades(material.card_matrix[train])
    rates = {}
    for letter in GRADES:
        own = grade == letter
        rates[letter] = float((weight[own] @ label[own] + _BORROWED * base) / (weight[own].sum() + _BORROWED))

    def predict(chosen: np.ndarray) -> Arm:
        matrix = material.card_matrix[chosen]
        return Arm(card.total(matrix), np.array([rates[letter] for letter in card.grades(matrix)]))

    return FittedArm("card", predict)


def calibrated_card(material: Material, spec: TrainingSpec) -> CardScorer:
    """Return the card with a probability for its points, fitted on all training rows: it has learnt from none."""
    card, train = _card(material), material.parts.train
    points = card.total(material.card_matrix[train])
    weight = training_weights(material, spec, train)
    return replace(card, calibration=LogitLine.fit(points, material.rows.label[train], weight=weight))


def fit_recalibrated(material: Material, spec: TrainingSpec) -> FittedArm:
    """Rank by the agreed points, and turn their total into a probability."""
    card = calibrated_card(material, spec)

    def predict(chosen: np.ndarray) -> Arm:
        matrix = material.card_matrix[chosen]
        return Arm(card.total(matrix), card.probability(matrix))

    return FittedArm("recalibrated", predict)


def fit_logistic(material: Material, spec: TrainingSpec) -> FittedArm:
    """Fit on all training rows, and calibrate on the late ones by models that did not see their accounts.

    The penalty, and whether quantities also stand as they are, are those that lose least on such late rows; on
    large data that is found out on some of the accounts.
    """
    train = material.parts.train
    inputs = material.matrix[:, : material.width]
    few = _some_accounts(material)
    # Folds run side by side; threads of linear algebra within each would fight for the same cores.
    with threadpool_limits(1, user_api="blas"):
        tried = [_held_out_logistic(material, spec, settings, few) for settings in _LOGISTICS]
        best, (line, _) = min(zip(_LOGISTICS, tried, strict=True), key=lambda one: one[1][1])
        if few is not train:
            line, _ = _held_out_logistic(material, spec, best, train)
        whole = _logistic(material, spec, best, train)

    def predict(chosen: np.ndarray) -> Arm:
        log_odds = whole.decision_function(inputs[chosen])
        return Arm(log_odds, line.probability(log_odds))

    return FittedArm("logistic", predict)


def _some_accounts(material: Material) -> np.ndarray:
    """Return a mask of the training rows, or of about ``_TO_CHOOSE`` of them where enough of those won."""
    train = material.parts.train
    parts = round(int(train.sum()) / _TO_CHOOSE)
    if parts < 2:
        return train
    some = train & (account_folds(material.rows.cluster, material.history, parts, "some") == 0)
    return some if int((material.rows.label[some] == 1).sum()) >= _ENOUGH_WON else train


def _held_out_logistic(
    material: Material, spec: TrainingSpec, settings: Mapping[str, Any], learnable: np.ndarray
) -> tuple[LogitLine, float]:
    """Calibrate the late rows' log-odds from models without their accounts; return that and its log loss."""
    late, labels = material.parts.late, material.rows.label
    weight = training_weights(material, spec, late)
    _, total = cross_fit(
        material, spec.folds, lambda learn, _: _logistic(material, spec, settings, learn), learnable
    )
    line = LogitLine.fit(total, labels[late], prior_slope=1.0, weight=weight)
    return line, log_loss(line.probability(total), labels[late], weight)


def _logistic(
    material: Material, spec: TrainingSpec, settings: Mapping[str, Any], learn: np.ndarray
) -> LogisticBaseline:
    weight = training_weights(material, spec, learn)
    given = material.matrix[learn, : material.width]
    label = material.rows.label[learn]
    return LogisticBaseline(**settings).fit(given, label, categories=material.categories, weight=weight)


def _card(material: Material) -> CardScorer:
    if material.card is None:
        raise ValueError("this training has no card")
    return material.card
