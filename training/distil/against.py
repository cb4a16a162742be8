"""The model that a distilled card is held against: a registered one, or trees grown on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.facts.publish import silent
from models.calibration import from_log_odds
from models.scorer import cuts_at_shares, grade_letters
from training.arms.boosted import fit_model
from training.comparison import Arm

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.distil.scale import Scale
    from training.material import Material
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class Rival:
    """A model's scores, probabilities and grades of the held-out rows, under the name that tables give it."""

    name: str
    arm: Arm
    grades: np.ndarray


def grown_rival(material: Material, spec: TrainingSpec, scale: Scale) -> Rival:
    """Grow the trees of the specification on the training rows; nothing is registered."""
    trees = fit_model(material, spec)
    arm = trees.arm(material).predict(material.parts.test)
    late = from_log_odds(trees.calibration.log_odds(trees.late))
    return Rival("model", arm, grade_letters(np.asarray(arm.probability), cuts_at_shares(late, scale.shares)))


def registered_rival(model: LeadModel, material: Material) -> Rival:
    """Score the held-out rows with a registered model."""
    rows, test = material.rows, material.parts.test
    history = material.engine.history(material.dataset, model.feature_set)
    matrix = material.engine.matrix(
        material.dataset, history, model.feature_set, rows.lead[test], rows.as_of[test], silent
    )
    arm = Arm(model.total(matrix), model.probability(matrix))
    return Rival(f"version {model.version}", arm, model.grades(matrix))
