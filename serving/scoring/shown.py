"""A receipt for people to read: what was scored, with what result, and each feature by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from features.facts.clock import format_moment
from models.reasons import describe
from serving.ledger import from_canonical, unpack_features

if TYPE_CHECKING:
    from features.payload import Event, LeadFacts, Version
    from models.lead_model import LeadModel
    from serving.ledger import StoredReceipt
    from serving.scoring.verify import LoadedModel

_SAME = (
    *("receipt_id", "lead_id", "status", "model_version", "model_digest", "card_version", "card_digest"),
    *("input_digest", "caller", "request_id", "software"),
)


def show_receipt(receipt: StoredReceipt, body: bytes | None, loaded: LoadedModel | None) -> dict[str, Any]:
    """Return a receipt as JSON-ready values; ``loaded`` None where the model that made it is not at hand."""
    features, why = _features(receipt, loaded)
    return {
        **{name: getattr(receipt, name) for name in _SAME},
        "scored_at": format_moment(receipt.scored_at),
        "as_of": format_moment(receipt.as_of),
        "forgotten": receipt.is_forgotten,
        "answer": None if receipt.answer is None else orjson.loads(receipt.answer),
        "input": None if body is None else show_input(from_canonical(body, receipt.as_of)),
        "features": features,
        "features_why": why,
    }


def _features(receipt: StoredReceipt, loaded: LoadedModel | None) -> tuple[list[dict[str, Any]] | None, str]:
    if receipt.features is None:
        return None, "forgotten" if receipt.is_forgotten else "deleted by retention"
    if loaded is None or loaded.digest != receipt.model_digest:
        show = f"leadquality receipt show {receipt.receipt_id}"
        return None, f"model {receipt.model_version} made them, and another is in service; use: {show}"
    return name_features(loaded.model, receipt.features), ""


def name_features(model: LeadModel, packed: bytes) -> list[dict[str, Any]]:
    """Return each feature's name, value (None where missing) and the value as people read it."""
    return [
        {
            "name": feature.name,
            "value": None if value != value else value,  # noqa: PLR0124 - NaN alone is not itself
            "says": describe(feature, value),
        }
        for feature, value in zip(model.feature_set.features, unpack_features(packed).tolist(), strict=True)
    ]


def show_input(facts: LeadFacts) -> dict[str, Any]:
    """Return facts in the words of a scoring request; colleagues have no names here."""
    told: dict[str, Any] = {
        "lead_id": facts.lead_id,
        "created_at": format_moment(facts.created_at),
        "as_of": format_moment(facts.as_of),
        "attributes": {},
        "account_attributes": {},
        "events": [_event(event) for event in facts.events],
        "colleagues": None,
        "account_opportunities": None,
    }
    for (entity, name), versions in facts.versions.items():
        plain = (entity, name) in facts.untracked
        shown = versions[-1][1] if plain and versions else [_version(version) for version in versions]
        told["attributes" if entity == "lead" else "account_attributes"][name] = shown
    if facts.colleagues is not None:
        told["colleagues"] = [
            {
                "created_at": format_moment(other.created_at),
                "events": [_event(event) for event in other.events],
                "attributes": {name: [_version(v) for v in own] for name, own in other.versions.items()},
            }
            for other in facts.colleagues
        ]
    if facts.deals is not None:
        told["account_opportunities"] = [
            {
                "created_at": format_moment(created_at),
                "closed_at": None if closed_at is None else format_moment(closed_at),
                "won": won,
            }
            for created_at, closed_at, won in facts.deals
        ]
    return told


def _event(event: Event) -> dict[str, Any]:
    at, kind, known_at, value, channel, campaign = event
    return {
        "kind": kind,
        "at": format_moment(at),
        "known_at": format_moment(known_at),
        "value": None if value != value else value,  # noqa: PLR0124 - NaN alone is not itself
        "channel": channel,
        "campaign": campaign,
    }


def _version(version: Version) -> dict[str, Any]:
    known_at, value = version
    return {"value": value, "known_at": format_moment(known_at)}
