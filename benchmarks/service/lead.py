"""A lead in a model's own vocabulary, with as many events as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY, MINUTE, format_moment
from serving.about import example_lead
from serving.settings import now

if TYPE_CHECKING:
    from models.lead_model import LeadModel


def lead_with_events(model: LeadModel, events: int, seed: int = 0) -> dict[str, Any]:
    """Return a lead of half a year with so many events at distinct minutes."""
    moment = now()
    rng = np.random.default_rng(seed)
    created = moment - 180 * DAY
    minutes = np.sort(rng.choice(179 * DAY // MINUTE, events, replace=False))
    kinds = rng.choice(model.manifest.kinds, events).tolist()
    return example_lead(model, moment) | {
        "created_at": format_moment(created),
        "events": [
            {"event_id": f"e-{i}", "kind": kind, "at": format_moment(int(created + minute * MINUTE))}
            for i, (kind, minute) in enumerate(zip(kinds, minutes, strict=True))
        ],
    }
