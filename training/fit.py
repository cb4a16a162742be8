"""Fit the boosted trees and what stands beside them, calibrate each on later rows, and score the test rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import ConfigError
from features.facts.publish import silent
from features.language.readers import reads_texts
from features.texts import lexicon_digest
from models.boosted import BoostedTrees
from models.calibration import LogitLine
from models.lead_model import AttributeEntry, LeadModel, Manifest, Scale
from models.logistic import LogisticBaseline
from models.scorer import cuts_at_shares
from training.comparison import Arm
from training.cross_fit import cross_fit
from training.material import attribute_types

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.card_scorer import CardScorer
    from training.material import Material
    from training.spec import TrainingSpec

#: Shares of leads with grade A, with A or B, with A to C, where there is no card to take them from.
DEFAULT_SHARES = (0.05, 0.20, 0.50)


@dataclass(frozen=True)
class Fitted:
    """A trained model, and every arm's scores on the test rows under its name."""

    model: LeadModel
    arms: dict[str, Arm]
    rounds: int


def fit_all(
    material: Material,
    spec: TrainingSpec,
    step: Callable[[str], None] = silent,
    on_round: Callable[[int, float | None], None] | None = None,
) -> Fitted:
    """Train the model and its yardsticks on the training rows; the test rows are only scored."""
    step("growing the trees")
    trees, line, rounds = fit_trees(material, spec, on_round)
    step("fitting logistic regression and calibrating the card")
    logistic, logistic_line = _fit_logistic(material, spec)
    card = _calibrated_card(material)
    model = _assemble(material, spec, trees, line, card)
    test = material.parts.test
    inputs = material.matrix[:, : material.width]
    rate = float(material.rows.label[material.parts.train].mean())
    linear = logistic.decision_function(inputs[test])
    arms = {
        "model": Arm(model.total(material.matrix[test]), model.probability(material.matrix[test])),
        "logistic": Arm(linear, logistic_line.probability(linear)),
    }
    if card is not None:
        arms["card"] = Arm(card.total(material.card_matrix[test]), card.probability(material.card_matrix[test]))
    arms["constant"] = Arm(np.zeros(test.sum()), np.full(test.sum(), rate))
    return Fitted(model, arms, rounds)


def fit_trees(
    material: Material, spec: TrainingSpec, on_round: Callable[[int, float | None], None] | None
) -> tuple[BoostedTrees, LogitLine, int]:
    """Grow the trees on all training rows, for as many rounds as the folds of accounts found best."""
    labels = material.rows.label
    inputs = material.matrix[:, : material.width]
    shape: dict[str, Any] = {
        "feature_names": material.feature_set.names[: material.width],
        "categories": material.categories,
        "directions": material.directions,
    }

    def grow(learn: np.ndarray, held: np.ndarray) -> BoostedTrees:
        stop = (inputs[held], labels[held])
        trees = _make_trees(spec, n_jobs=1)
        return trees.fit(inputs[learn], labels[learn], eval_set=stop, on_round=on_round, **shape)

    found, line = cross_fit(material, spec.folds, grow)
    rounds = int(np.median([trees.best_iteration_ for trees in found]))
    train = material.parts.train
    return _make_trees(spec, n_estimators=rounds).fit(inputs[train], labels[train], **shape), line, rounds


def _make_trees(spec: TrainingSpec, **more: Any) -> BoostedTrees:  # noqa: ANN401 - the estimator's parameters
    known = BoostedTrees().get_params()
    unknown = sorted(set(spec.model) - set(known))
    if unknown:
        message = f"training specification: model.{unknown[0]} is no parameter of the trees"
        raise ConfigError(message, hint=f"known are: {', '.join(sorted(known))}")
    return BoostedTrees(**{"random_state": spec.seed, **spec.model, **more})


def _fit_logistic(material: Material, spec: TrainingSpec) -> tuple[LogisticBaseline, LogitLine]:
    labels = material.rows.label
    inputs = material.matrix[:, : material.width]

    def fit(learn: np.ndarray, _: np.ndarray) -> LogisticBaseline:
        return LogisticBaseline().fit(inputs[learn], labels[learn], categories=material.categories)

    train = material.parts.train
    _, line = cross_fit(material, spec.folds, fit)
    return fit(train, train), line


def _calibrated_card(material: Material) -> CardScorer | None:
    """Return the card with a probability for its points, fitted on all training rows: it has learnt from none."""
    if material.card is None:
        return None
    train = material.parts.train
    points = material.card.total(material.card_matrix[train])
    return replace(material.card, calibration=LogitLine.fit(points, material.rows.label[train]))


def _assemble(
    material: Material, spec: TrainingSpec, trees: BoostedTrees, line: LogitLine, card: CardScorer | None
) -> LeadModel:
    manifest = Manifest(
        trained_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        horizon=spec.horizon_us,
        dataset_digest=material.dataset.manifest.digest,
        kinds=material.history.kinds,
        observed_from=material.history.observed_from,
        attributes=tuple(
            AttributeEntry.model_validate({"entity": entity, "name": name, "type": kind})
            for (entity, name), kind in attribute_types(material.profile, material.feature_set).items()
        ),
        lexicon=lexicon_digest() if reads_texts(material.feature_set) else "",
        details={
            "spec": spec.model_dump(mode="json"),
            "test_from": material.parts.test_from,
            "late_from": material.parts.late_from,
            "training_rows": int(material.parts.train.sum()),
            "training_positives": int(material.rows.label[material.parts.train].sum()),
            "left_out": [convict.key for convict in material.guard.left_out],
        },
    )
    blank = Scale(cuts=(1.0, 1.0, 1.0), quantiles=(0.0, 1.0), points_per_log_odds=1.0)
    model = LeadModel(trees.booster_, material.feature_set, line, blank, manifest, card)
    return replace(model, scale=_scale(material, model, card))


def _scale(material: Material, model: LeadModel, card: CardScorer | None) -> Scale:
    reference = material.parts.late
    log_odds = model.total(material.matrix[reference])
    probability = model.probability(material.matrix[reference])
    shares, ratio = DEFAULT_SHARES, 20.0 / max(float(np.std(log_odds)), 1e-9)
    if card is not None:
        points = card.total(material.card_matrix[reference])
        a, b, c = (float((points >= cut).mean()) for cut in card.card.grades.as_tuple())
        shares = (a, b, c)
        ratio = float(np.std(points)) / max(float(np.std(log_odds)), 1e-9) or ratio
    return Scale(
        cuts=cuts_at_shares(probability, shares),
        quantiles=tuple(np.quantile(probability, np.linspace(0, 1, 201)).tolist()),
        points_per_log_odds=ratio,
    )
