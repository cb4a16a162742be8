"""What can be said of a loaded model without a lead: its identity, and a lead that it would understand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from features.facts.clock import DAY, format_moment
from features.language import AttributeValue

if TYPE_CHECKING:
    from models.lead_model import LeadModel

#: The example lead tells this many attributes and events: enough to see the shape.
EXAMPLES = 3


def describe_model(model: LeadModel) -> dict[str, Any]:
    """Return the model's identity and what it can be told, as JSON-ready values."""
    manifest = model.manifest
    return {
        "model_version": model.version,
        "card_version": None if model.card is None else model.card.name,
        "horizon_days": model.horizon / DAY,
        "trained_at": manifest.trained_at,
        "features": model.width,
        "digest": model_digest(model),
        "dataset_digest": manifest.dataset_digest,
        "event_kinds": list(manifest.kinds),
        "attributes": [entry.model_dump() for entry in manifest.attributes],
    }


def model_digest(model: LeadModel) -> str:
    """Return the SHA-256 of everything that decides a score: equal digests score equally."""
    parts = [
        model.booster.model_to_string(),
        model.feature_set.to_json(),
        model.calibration.model_dump_json(),
        model.scale.model_dump_json(),
        "" if model.card is None else model.card.card.to_json(),
        *(
            part.model_dump_json()
            for part in (model.start, model.band, model.past, model.typical)
            if part is not None
        ),
        *(f"{horizon}:{shift!r}" for horizon, shift in model.horizons.items()),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def example_lead(model: LeadModel, now: int) -> dict[str, Any]:
    """Return a made-up lead in the model's own vocabulary, ten days old at ``now`` (microseconds)."""
    today = now - now % DAY
    kinds = model.manifest.kinds[:EXAMPLES]
    return {
        "lead_id": "example-1",
        "created_at": format_moment(today - 10 * DAY),
        "attributes": _example_attributes(model),
        "events": [{"kind": kind, "at": format_moment(today - (9 - 2 * i) * DAY)} for i, kind in enumerate(kinds)],
    }


def _example_attributes(model: LeadModel) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for feature in model.feature_set.features:
        if isinstance(feature.source, AttributeValue) and len(found) < EXAMPLES:
            name = feature.source.attribute
            if not feature.is_category:
                found.setdefault(name, 100)
            elif feature.levels:
                found.setdefault(name, feature.levels[0])
    return found
