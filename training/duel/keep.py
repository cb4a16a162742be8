"""A duel kept with the run of the model that fought it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry
    from training.duel.result import Duel

DUEL_FILE = "duel.json"


def keep(registry: Registry, model: LeadModel, duel: Duel) -> None:
    """Log ``duel.json`` and the capacity curve; a later duel of the same version takes their place."""
    run_id = registry.resolve(model.version).run_id
    registry.client.log_text(run_id, duel.to_json(), DUEL_FILE)
    registry.client.log_figure(run_id, duel.capacity_figure, "duel.png")
