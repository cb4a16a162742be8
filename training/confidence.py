"""What a model says of its own probability: an interval, other horizons, and what became of similar leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.calibration import VennAbersBand
from models.scorer import grade_letters
from training.calibrate import horizon_shifts, in_order
from training.reliability import similar_leads
from training.weights import training_weights

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.arms.boosted import FittedTrees
    from training.material import Material
    from training.spec import TrainingSpec


def add_confidence(
    model: LeadModel, material: Material, spec: TrainingSpec, trees: FittedTrees
) -> tuple[LeadModel, tuple[str, ...]]:
    """Return the model with its interval and horizons, and notes on what it cannot tell.

    All come from the late rows by trees that were not grown on their accounts. A horizon for which these are too
    young comes from all training rows by the final trees: what counts is the difference of two labels of the same
    rows, in which most of it cancels that the trees know them.
    """
    rows, parts = material.rows, material.parts
    late = rows.take(parts.late)
    weight = training_weights(material, spec, parts.late)
    band = VennAbersBand.fit(trees.late, late.label, weight, late.cluster, seed=spec.seed)
    known, main = parts.test_from, spec.horizon_us
    shifts = horizon_shifts(model.calibration.log_odds(trees.late), late, known, spec.horizons_us, main)
    notes: list[str] = []
    further = [horizon for horizon in spec.horizons_us if horizon not in shifts]
    if further:
        learnt, total = rows.take(parts.train), model.total(material.matrix[parts.train])
        shifts = in_order(shifts | horizon_shifts(total, learnt, known, further, main, notes.append), main)
    grades = grade_letters(model.calibration.probability(trees.late), model.scale.cuts)
    past = similar_leads(model, material.matrix[parts.late], late, grades=grades)
    return replace(model, band=band, horizons=shifts, past=past), tuple(notes)
