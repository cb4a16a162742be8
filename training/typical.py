"""What the leads of a training are typically like, which reasons compare a lead with and are tested against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.typical import learn_typical
from training.reliability import one_look_each
from training.weights import training_weights

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.typical import Typical
    from training.material import Material
    from training.spec import TrainingSpec


def typical_leads(model: LeadModel, material: Material, spec: TrainingSpec) -> Typical:
    """Learn typical values from the training rows, and shares from the late ones, each lead at one look.

    A lead that was looked at seven times weighs no more than one that was looked at once, in either.
    """
    parts = material.parts
    late = material.rows.take(parts.late)
    rows = material.matrix[parts.train]
    leads = material.matrix[parts.late][one_look_each(late, spec.seed)]
    weight = training_weights(material, spec, parts.train)
    points = None if model.start is None else (model.points(rows), model.points(leads))
    return learn_typical(model.feature_set, rows, weight, leads, points)
