"""A duel kept with the run of the model that fought it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry
    from training.duel.result import Duel

DUEL_FILE, RULES_FILE = "duel.json", "card_rules.json"


def keep(registry: Registry, model: LeadModel, duel: Duel) -> None:
    """Log ``duel.json`` and the capacity curve; a later duel of the same version takes their place."""
    run_id = registry.resolve(model.version).run_id
    registry.client.log_text(run_id, duel.to_json(), DUEL_FILE)
    registry.client.log_figure(run_id, duel.capacity_figure, "duel.png")


def keep_rules(registry: Registry, version: str, rules: dict[str, Any]) -> None:
    """Log ``card_rules.json``, the verdicts on the card's rules, with a version's run; the service shows them."""
    run_id = registry.resolve(version).run_id
    registry.client.log_text(run_id, json.dumps(rules, indent=1, ensure_ascii=False, allow_nan=False), RULES_FILE)
