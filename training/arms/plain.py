"""The arms without trees: the base rate, the agreed card as it is and recalibrated, and logistic regression."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from models.calibration import LogitLine
from models.logistic import LogisticBaseline
from models.scorer import GRADES
from training.arms.arm import FittedArm
from training.comparison import Arm
from training.cross_fit import cross_fit
from training.weights import training_weights

if TYPE_CHECKING:
    from models.card import CardScorer
    from training.material import Material
    from training.spec import TrainingSpec

# A grade with few leads borrows as much as this many rows at the base rate.
_BORROWED = 10.0


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
    """Fit on all training rows, and calibrate on the late ones by models that did not see their accounts."""
    labels, train, late = material.rows.label, material.parts.train, material.parts.late
    inputs = material.matrix[:, : material.width]

    def fit(learn: np.ndarray, _: np.ndarray) -> LogisticBaseline:
        weight = training_weights(material, spec, learn)
        return LogisticBaseline().fit(inputs[learn], labels[learn], categories=material.categories, weight=weight)

    # Folds run side by side; threads of linear algebra within each would fight for the same cores.
    with threadpool_limits(1, user_api="blas"):
        _, held_out = cross_fit(material, spec.folds, fit)
    weight = training_weights(material, spec, late)
    line = LogitLine.fit(held_out, labels[late], prior_slope=1.0, weight=weight)
    whole = fit(train, train)

    def predict(chosen: np.ndarray) -> Arm:
        log_odds = whole.decision_function(inputs[chosen])
        return Arm(log_odds, line.probability(log_odds))

    return FittedArm("logistic", predict)


def _card(material: Material) -> CardScorer:
    if material.card is None:
        raise ValueError("this training has no card")
    return material.card
