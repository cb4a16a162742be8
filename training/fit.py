"""Fit every arm on the training rows, and make of the trees the model that is kept and served."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import stamp
from features.facts.publish import silent
from features.language.readers import reads_texts
from features.texts import lexicon_digest
from models.calibration import from_log_odds
from models.lead_model import LeadModel
from models.manifest import AttributeEntry, Manifest, Scale
from models.scorer import cuts_at_shares
from training.arms.fit import fit_arms, starts_from_card
from training.arms.plain import calibrated_card
from training.confidence import add_confidence
from training.material import attribute_types
from training.typical import typical_leads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.card import CardScorer
    from training.arms.boosted import FittedTrees
    from training.comparison import Arm
    from training.material import Material
    from training.spec import TrainingSpec

#: Shares of leads with grade A, with A or B, with A to C, where there is no card to take them from.
DEFAULT_SHARES = (0.05, 0.20, 0.50)


@dataclass(frozen=True)
class Fitted:
    """A trained model, and every arm's scores on the test rows under its name.

    ``rounds`` is the number of rounds of a booster, ``fit_seconds`` the wall time inside LightGBM for the model.
    ``losses`` are the log losses of the calibrations that were tried, ``late`` the calibrated
    log-odds of the late rows by trees that did not see their accounts, ``notes`` what the model cannot tell.
    """

    model: LeadModel
    arms: dict[str, Arm]
    rounds: int
    fit_seconds: float
    losses: dict[str, float]
    late: np.ndarray
    notes: tuple[str, ...] = ()


def fit_all(
    material: Material,
    spec: TrainingSpec,
    step: Callable[[str], None] = silent,
    on_round: Callable[[int, float | None], None] | None = None,
    configurations: Sequence[Mapping[str, Any]] | None = None,
) -> Fitted:
    """Train the model and its yardsticks on the training rows; the test rows are only scored.

    ``configurations`` are parameters of trees that are bagged into the model; without them those of the
    specification are grown once.
    """
    fitted = fit_arms(material, spec, starts_from_card(material), configurations, step, on_round)
    card = None if material.card is None else calibrated_card(material, spec)
    step("intervals, other horizons and similar leads")
    model, notes = add_confidence(_assemble(material, spec, fitted.model, card), material, spec, fitted.model)
    model = replace(model, typical=typical_leads(model, material, spec))
    arms = {arm.name: arm.predict(material.parts.test) for arm in fitted.arms}
    grown, chosen = fitted.model.grown, fitted.model.chosen
    losses = {str(kind): loss for kind, loss in chosen.losses.items()}
    late = fitted.model.calibration.log_odds(fitted.model.late)
    return Fitted(model, arms, grown.rounds, grown.fit_seconds, losses, late, (chosen.said, *notes))


def _assemble(material: Material, spec: TrainingSpec, trees: FittedTrees, card: CardScorer | None) -> LeadModel:
    manifest = Manifest(
        trained_at=stamp(),
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
    booster, line = trees.grown.booster, trees.calibration
    model = LeadModel(booster, material.feature_set, line, blank, manifest, card, start=trees.start)
    return replace(model, scale=_scale(material, trees, card))


def _scale(material: Material, trees: FittedTrees, card: CardScorer | None) -> Scale:
    """Place grades and scores by what trees that did not see the late rows' accounts said of them.

    The final trees have learnt from these rows and spread them wider than they will ever spread new ones.
    """
    reference = material.parts.late
    log_odds = trees.calibration.log_odds(trees.late)
    probability = from_log_odds(log_odds)
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
