"""The interface as an OpenAPI 3.1 document, in the vocabulary of the model that answers.

Its field descriptions are the reference of the API; a test holds names and types to real requests and answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.reasons import MOST_REASONS
from serving.front.body import LARGEST_BODY
from serving.front.errors import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.lead_model import LeadModel

Schema = dict[str, Any]


def _field(kind: str | list[str], description: str, **more: Any) -> Schema:  # noqa: ANN401 - JSON Schema
    return {"type": kind, "description": description, **more}


def _closed(properties: dict[str, Schema], required: Iterable[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_MOMENT = "ISO 8601; without an offset it is UTC; not in the future"
_GRADE = ["A", "B", "C", "D"]
_NO_CARD = "null where the model was trained without a card"
_NO_BAND = "null where the model knows none"
_SHARE = {"minimum": 0, "maximum": 1}

ANSWER: dict[str, Schema] = {
    "status": _field("string", "degraded: scored, but without reasons", enum=["scored", "degraded"]),
    "lead_id": _field("string", "as sent"),
    "probability": _field("number", "of an opportunity within horizon_days", minimum=0, maximum=1),
    "probability_low": _field(["number", "null"], f"lower end of its 90 % interval; {_NO_BAND}", **_SHARE),
    "probability_high": _field(["number", "null"], f"upper end of its 90 % interval; {_NO_BAND}", **_SHARE),
    "score": _field("integer", "percentage of reference leads with a lower probability", minimum=0, maximum=100),
    "grade": _field("string", "the model's grade", enum=_GRADE),
    "points": _field(["integer", "null"], f"the agreed card's points; {_NO_CARD}"),
    "points_grade": _field(["string", "null"], f"the card's grade; {_NO_CARD}", enum=[*_GRADE, None]),
    "agree": _field(["boolean", "null"], f"whether both grades are the same; {_NO_CARD}"),
    **{
        f"reason_{i + 1}": _field("string", "a sentence, the weightiest first; empty if there are fewer")
        for i in range(MOST_REASONS)
    },
    "model_version": _field("string", "registered version of the model"),
    "card_version": _field(["string", "null"], f"the card; {_NO_CARD}"),
    "as_of": _field("string", "the moment up to which facts were heeded", format="date-time"),
    "horizon_days": _field("number", "what the probability looks ahead"),
}

DETAIL: dict[str, Schema] = {
    "log_odds": _field("number", "base_log_odds plus the log_odds of all groups"),
    "base_log_odds": _field("number", "of a lead of which nothing is known to differ"),
    "points_per_log_odds": _field("number", "what brings the model's contributions to the card's scale"),
    "groups": _field(
        "array",
        "what each group of features added, the weightiest first",
        items=_closed(
            {
                "group": _field("string", "what was measured"),
                "log_odds": _field("number", "its exact share of log_odds"),
                "points": _field("number", "the same on the card's scale"),
            },
            ["group", "log_odds", "points"],
        ),
    ),
    "rules": _field(
        "array",
        "what each rule of the card gave; empty without a card",
        items=_closed(
            {"rule": _field("string", "the rule"), "points": _field("integer", "its points")}, ["rule", "points"]
        ),
    ),
    "horizons": _field(
        "array",
        "the probability within each horizon that the model knows, ascending; a longer one is never less likely",
        items=_closed(
            {
                "horizon_days": _field("number", "what the probability looks ahead"),
                "probability": _field("number", "of an opportunity within it", **_SHARE),
            },
            ["horizon_days", "probability"],
        ),
    ),
    "similar": _field("string", "what became of similar past leads, in a sentence; empty where none were counted"),
}

ERROR: dict[str, Schema] = {
    "status": _field("string", "always error", const="error"),
    "field": _field("string", "path of the offending field, as events[3].at; else empty", maxLength=LONGEST_TEXT),
    "message": _field("string", "what was wrong", maxLength=LONGEST_TEXT),
    "hint": _field("string", "what to do; may be empty", maxLength=LONGEST_TEXT),
    "request_id": _field("string", "also in the header X-Request-ID"),
}

MODEL: dict[str, Schema] = {
    "model_version": ANSWER["model_version"],
    "card_version": ANSWER["card_version"],
    "horizon_days": ANSWER["horizon_days"],
    "trained_at": _field("string", "when the model was trained", format="date-time"),
    "features": _field("integer", "how many features the model reads"),
    "digest": _field("string", "SHA-256 of all that decides a score"),
    "dataset_digest": _field("string", "of the dataset it was trained on"),
    "event_kinds": _field("array", "kinds that events may have", items={"type": "string"}),
    "attributes": _field(
        "array",
        "attributes that a lead may have",
        items=_closed(
            {
                "entity": _field("string", "whose it is", enum=["lead", "account"]),
                "name": _field("string", "its name"),
                "type": _field("string", "how it is read", enum=["number", "category"]),
            },
            ["entity", "name", "type"],
        ),
    ),
}


def _request_schema(model: LeadModel) -> Schema:
    moment = _field("string", _MOMENT)
    optional_moment = _field(["string", "null"], _MOMENT)
    event = _closed(
        {
            "kind": _field("string", "what happened", enum=list(model.manifest.kinds)),
            "at": moment,
            "known_at": _field(["string", "null"], f"when it could first be known, if not at once; {_MOMENT}"),
            "value": _field(["number", "null"], "how much, where the kind has a value"),
            "event_id": _field(["string", "null"], "unique among the lead's events"),
            "channel": _field(["string", "null"], "by which it came, as in the training data"),
            "campaign": _field(["string", "null"], "that it belonged to"),
        },
        ["kind", "at"],
    )
    value = {"type": ["string", "number", "boolean", "null"]}
    version = _closed({"value": value, "known_at": moment}, ["known_at"])
    given = {"anyOf": [value, {"type": "array", "items": version}]}
    entries = model.manifest.attributes
    events = {"type": ["array", "null"], "items": event}
    attributes: Schema = {
        "type": ["object", "null"],
        "description": "a value, or its versions with the moment from which each was known",
        "properties": {entry.name: given for entry in entries},
        "additionalProperties": False,
    }
    return _closed(
        {
            "lead_id": _field("string", "your own; sent back"),
            "created_at": moment,
            "as_of": {**optional_moment, "description": f"score as of then, else as of now; {_MOMENT}"},
            "attributes": attributes,
            "account_attributes": {
                "type": ["object", "null"],
                "description": "attributes of the lead's company; they may stand in attributes too",
                "properties": {entry.name: given for entry in entries if entry.entity == "account"},
                "additionalProperties": False,
            },
            "events": events,
            "colleagues": {
                "type": ["array", "null"],
                "description": "other leads of the same company; [] if there are none, absent if unknown",
                "items": _closed(
                    {
                        "lead_id": _field("string", "their id"),
                        "created_at": moment,
                        "events": events,
                        "attributes": attributes,
                    },
                    ["created_at"],
                ),
            },
            "account_opportunities": {
                "type": ["array", "null"],
                "description": "earlier opportunities of the company; [] if there are none, absent if unknown",
                "items": _closed(
                    {
                        "opportunity_id": _field("string", "unique among them"),
                        "created_at": moment,
                        "closed_at": optional_moment,
                        "won": _field(["boolean", "null"], "how it ended, from closed_at on"),
                    },
                    ["created_at"],
                ),
            },
        },
        ["created_at"],
    )


def openapi_document(model: LeadModel, lead: Schema, answer: dict[str, Any]) -> Schema:
    """Return the document; ``lead`` and its full ``answer`` are its examples."""
    flat = {key: value for key, value in answer.items() if key not in DETAIL}
    detail = {
        "name": "detail",
        "in": "query",
        "required": False,
        "description": "full adds contributions by feature group and points by rule",
        "schema": {"type": "string", "enum": ["full"]},
    }
    score = {
        "summary": "Score one lead",
        "parameters": [detail],
        "requestBody": {"required": True, **_json({"$ref": "#/components/schemas/Lead"}, lead)},
        "responses": {"200": _response("Scored", "Answer", flat), **_errors()},
    }
    show = {"summary": "The model that answers", "responses": {"200": _response("The model", "Model", None)}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lead quality", "version": model.version},
        "paths": {"/score": {"post": score}, "/model": {"get": show}},
        "components": {
            "schemas": {
                "Lead": _request_schema(model),
                "Answer": _closed({**ANSWER, **DETAIL}, ANSWER),
                "Model": _closed(MODEL, MODEL),
                "Error": _closed(ERROR, ERROR),
            }
        },
    }


def _errors() -> dict[str, Schema]:
    meanings = {
        "400": "The lead, or the request around it, breaks the contract",
        "408": "The body did not arrive in time",
        "413": f"The body is larger than {LARGEST_BODY:,} bytes",
        "500": "A defect of the service; the log has more under request_id",
    }
    return {status: _response(meaning, "Error", None) for status, meaning in meanings.items()}


def _response(description: str, schema: str, example: Schema | None) -> Schema:
    return {"description": description, **_json({"$ref": f"#/components/schemas/{schema}"}, example)}


def _json(schema: Schema, example: Schema | None) -> Schema:
    content: Schema = {"schema": schema}
    if example is not None:
        content["example"] = example
    return {"content": {"application/json": content}}
