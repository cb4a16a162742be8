"""A comparison kept with the run of its first model, under ``comparisons/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.compare.page import render

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry
    from training.compare.result import Compared


def keep(registry: Registry, model: LeadModel, name: str, result: Compared) -> None:
    """Log the figures, the plot and the page of a comparison."""
    run_id = registry.resolve(model.version).run_id
    registry.client.log_text(run_id, result.to_json(), f"comparisons/{name}.json")
    registry.client.log_figure(run_id, result.figure, f"comparisons/{name}.png")
    registry.client.log_text(run_id, render(result), f"comparisons/{name}.html")
