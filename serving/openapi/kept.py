"""What is kept: a lead, its scores, a receipt."""

from __future__ import annotations

from typing import get_args

from serving.ledger.facts import Verdict
from serving.openapi.answer import ANSWER
from serving.openapi.schema import Schema, closed, field, list_of, ref, said
from serving.scoring.verify import OUTCOMES

_STORED = closed(
    {
        "name": field("string", "its name"),
        "value": field(["string", "null"], "as last known, as text; null where it became empty"),
        "known_at": said("since when it is known"),
        "known_to_model": field("boolean", "whether the model that answers uses such an attribute"),
    }
)

_KNOWN_LEAD = {
    "lead_id": field("string", "as asked"),
    "as_of": said("everything here was known before then"),
    "created_at": said("when it became a lead"),
    "account_id": field(["string", "null"], "its company; null where none is known"),
    "colleagues": field(["integer", "null"], "other leads of the company; null where none is known", minimum=0),
    "attributes": list_of(_STORED, "of the lead, by name"),
    "account_attributes": list_of(_STORED, "of the company, by name"),
    "events": list_of(
        closed(
            {
                "kind": field("string", "what happened"),
                "count": field("integer", "how often", minimum=1),
                "first_at": said("the first"),
                "last_at": said("the last"),
                "known_to_model": field("boolean", "whether the model that answers uses such events"),
            }
        ),
        "by kind",
    ),
    "opportunities": list_of(
        closed(
            {
                "opportunity_id": field("string", "its id"),
                "created_at": said("when it began"),
                "closed_at": said("when it ended; null while it is open", null=True),
                "won": field(["boolean", "null"], "how it ended"),
                "amount": field(["number", "null"], "what it is worth"),
            }
        ),
        "of the lead and its company, as last known",
    ),
    "verdicts": list_of(
        closed(
            {
                "at": said("when"),
                "verdict": field("string", "what sales said", enum=list(get_args(Verdict))),
                "reason": field(["string", "null"], "why"),
            }
        ),
        "in the order of time",
    ),
    "missing": list_of({"type": "string"}, "what the model would use and nothing is known of: attributes.title"),
}

_ANY_STATUS = field("string", "as answered", enum=["scored", "degraded"])

_SCORE = {
    "receipt_id": field("string", "its receipt"),
    "scored_at": said("when it was scored"),
    "as_of": said("as of when"),
    "status": _ANY_STATUS,
    **{name: ANSWER[name] for name in ("probability", "score", "grade", "points", "points_grade")},
    "model_version": ANSWER["model_version"],
    "card_version": ANSWER["card_version"],
    "trend": field(
        "string",
        "of the probability, against the score as of before it; unknown where an answer is gone",
        enum=["up", "down", "same", "first", "unknown"],
    ),
    "score_change": field(["integer", "null"], "since the score before it"),
    "probability_change": field(["number", "null"], "since the score before it"),
    "changed": {
        "type": ["array", "null"],
        "items": ref("GroupPart"),
        "description": "what each group of features added or took since: exactly the change of the log-odds",
    },
    "why": field("string", "why changed is null; else empty"),
}

_RECEIPT = {
    "receipt_id": field("string", "as asked"),
    "lead_id": field("string", "the lead; a name without meaning where the person is forgotten"),
    "status": _ANY_STATUS,
    "model_version": ANSWER["model_version"],
    "model_digest": field("string", "SHA-256 of all that decides a score"),
    "card_version": ANSWER["card_version"],
    "card_digest": field(["string", "null"], "of the card's rules; null without a card"),
    "input_digest": field(["string", "null"], "SHA-256 of the facts; null where the person is forgotten"),
    "caller": field("string", "id of the key that asked; empty where none is needed"),
    "request_id": field("string", "the request that asked"),
    "software": field(["string", "null"], "version and digest of what made it; null where that was not kept yet"),
    "scored_at": said("when it was scored"),
    "as_of": said("as of when"),
    "forgotten": field("boolean", "whether the person is forgotten"),
    "answer": {"anyOf": [ref("Answer"), {"type": "null"}], "description": "as answered; null where forgotten"},
    "input": field(
        ["object", "null"],
        "the facts in the words of a scoring request, colleagues without names; null where pruned or forgotten",
    ),
    "features": {
        "type": ["array", "null"],
        "description": "each feature that was computed; null where they are gone, or another model is in service",
        "items": closed(
            {
                "name": field("string", "the feature"),
                "value": field(["number", "null"], "its value; of a category its place; null where missing"),
                "says": field("string", "the value as people read it"),
            }
        ),
    },
    "features_why": field("string", "why features is null; else empty"),
    "verification": {
        "anyOf": [
            closed(
                {
                    "outcome": field("string", "what came of computing it again", enum=list(OUTCOMES)),
                    "says": list_of({"type": "string"}, "what differs, or why less can be compared"),
                }
            ),
            {"type": "null"},
        ],
        "description": "null unless asked for with verify=true",
    },
}


def kept_schemas() -> dict[str, Schema]:
    """Return the schemas of what is kept by name."""
    return {
        "KnownLead": closed(_KNOWN_LEAD),
        "Scores": closed(
            {
                "lead_id": field("string", "as asked"),
                "scores": list_of(closed(_SCORE), "by as_of, latest first; of one moment the last scored first"),
                "next_before": said(
                    "an as_of: ask with before= this for earlier ones; null at the end", null=True
                ),
            }
        ),
        "Receipt": closed(_RECEIPT),
    }
