"""A lead as a scoring request tells it, in the model's vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.payload import LONGEST_ID, LONGEST_VALUE
from features.payload.attributes import MOST_VERSIONS
from serving.api.score import MOST_IN_BATCH
from serving.openapi.schema import MOMENT, Schema, closed, field, moment, ref

if TYPE_CHECKING:
    from models.lead_model import LeadModel

VALUE: Schema = {"type": ["string", "number", "boolean", "null"], "maxLength": LONGEST_VALUE}
VERSION = closed({"value": VALUE, "known_at": moment()}, ["known_at"])
#: An attribute: a value, or its versions.
GIVEN: Schema = {"anyOf": [VALUE, {"type": "array", "items": VERSION, "maxItems": MOST_VERSIONS}]}

_KNOWN_AT = f"when it could first be known, if not at once; {MOMENT}"


def event_fields(kind: Schema) -> dict[str, Schema]:
    """Return the fields of an event."""
    return {
        "kind": kind,
        "at": moment(),
        "known_at": moment(_KNOWN_AT, null=True),
        "value": field(["number", "null"], "how much, where the kind has a value"),
        "event_id": field(["string", "null"], "unique among the lead's events"),
        "channel": field(["string", "null"], "by which it came, as in the training data", maxLength=LONGEST_VALUE),
        "campaign": field(["string", "null"], "that it belonged to", maxLength=LONGEST_VALUE),
    }


def lead_schemas(model: LeadModel) -> dict[str, Schema]:
    """Return the schemas of scoring requests by name."""
    events = {
        "type": ["array", "null"],
        "items": closed(
            event_fields(field("string", "what happened", enum=list(model.manifest.kinds))), ["kind", "at"]
        ),
    }
    entries = model.manifest.attributes
    attributes: Schema = {
        "type": ["object", "null"],
        "description": "a value, or its versions with the moment from which each was known",
        "properties": {entry.name: GIVEN for entry in entries},
        "additionalProperties": False,
    }
    lead = closed(
        {
            "lead_id": field("string", "your own; sent back", maxLength=LONGEST_ID),
            "created_at": moment(f"without one the lead is unscorable; {MOMENT}"),
            "as_of": moment(f"score as of then, else as of now; {MOMENT}", null=True),
            "attributes": attributes,
            "account_attributes": {
                "type": ["object", "null"],
                "description": "attributes of the lead's company; they may stand in attributes too",
                "properties": {entry.name: GIVEN for entry in entries if entry.entity == "account"},
                "additionalProperties": False,
            },
            "events": events,
            "colleagues": {
                "type": ["array", "null"],
                "description": "other leads of the same company; [] if there are none, absent if unknown",
                "items": closed(
                    {
                        "lead_id": field("string", "their id", maxLength=LONGEST_ID),
                        "created_at": moment(),
                        "events": events,
                        "attributes": attributes,
                    },
                    ["created_at"],
                ),
            },
            "account_opportunities": {
                "type": ["array", "null"],
                "description": "earlier opportunities of the company; [] if there are none, absent if unknown",
                "items": closed(
                    {
                        "opportunity_id": field("string", "unique among them", maxLength=LONGEST_ID),
                        "created_at": moment(),
                        "closed_at": moment(null=True),
                        "won": field(["boolean", "null"], "how it ended, from closed_at on"),
                    },
                    ["created_at"],
                ),
            },
        },
        [],
    )
    lead["description"] = "whole; or by lead_id alone (with as_of, if wanted) where the service was told of it"
    many = {"type": "array", "items": ref("Lead"), "minItems": 1, "maxItems": MOST_IN_BATCH}
    return {"Lead": lead, "Leads": closed({"leads": many})}
