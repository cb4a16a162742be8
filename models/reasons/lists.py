"""The full answer's lists: what speaks for a lead, what against it, what is not known, what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.reasons.card_side import parting
from models.reasons.reason import MOST_REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from models.lead_model import LeadModel
    from models.reasons.reason import Reason


def for_and_against(
    model: LeadModel, row: np.ndarray, reasons: Sequence[Reason]
) -> dict[str, list[dict[str, Any]]]:
    """Return tested reasons as ``reasons_for`` and ``reasons_against``, each the weightiest first, JSON-ready.

    ``row`` (f,) has the card's columns too. ``card_points`` are those of the rules about the same thing, None
    where no rule is; ``parting`` says where card and model part.
    """
    card = _card_points(model, row)
    told = [_told(model, reason, card.get(reason.group)) for reason in reasons]
    return {
        f"reasons_{side}": [entry for entry in told if entry["direction"] == side][:MOST_REASONS]
        for side in ("for", "against")
    }


def _card_points(model: LeadModel, row: np.ndarray) -> dict[str, int]:
    if model.card is None:
        return {}
    points = model.card.rule_points(row[None, model.card_columns])[0]
    return {group: int(points[rules].sum()) for group, rules in model.desk.rules.items()}


def _told(model: LeadModel, reason: Reason, card: int | None) -> dict[str, Any]:
    return {
        "group": reason.group,
        "direction": reason.direction,
        "sentence": reason.sentence,
        "points": reason.points,
        "card_points": card,
        "parting": parting(model.desk.words, card, reason.points),
    }
