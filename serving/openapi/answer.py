"""The answer of scoring."""

from __future__ import annotations

from models.reasons import LONGEST, MOST_REASONS
from serving.front.errors import LONGEST_TEXT
from serving.openapi.schema import Schema, closed, field, list_of, ref

_GRADE = ["A", "B", "C", "D"]
_NO_CARD = "null where the model was trained without a card"
_NO_BAND = "null where the model knows none"
_NOT = "null where the lead cannot be scored"
_SHARE = {"minimum": 0, "maximum": 1}

ANSWER: dict[str, Schema] = {
    "status": field(
        "string",
        "degraded: scored, but without reasons; unscorable: too little is known, reason_1 and missing say what",
        enum=["scored", "degraded", "unscorable"],
    ),
    "lead_id": field("string", "as sent"),
    "probability": field(["number", "null"], f"of an opportunity within horizon_days; {_NOT}", **_SHARE),
    "probability_low": field(["number", "null"], f"lower end of its 90 % interval; {_NO_BAND}", **_SHARE),
    "probability_high": field(["number", "null"], f"upper end of its 90 % interval; {_NO_BAND}", **_SHARE),
    "score": field(
        ["integer", "null"],
        f"percentage of reference leads with a lower probability; {_NOT}",
        minimum=0,
        maximum=100,
    ),
    "grade": field(["string", "null"], f"the model's grade; {_NOT}", enum=[*_GRADE, None]),
    "points": field(["integer", "null"], f"the agreed card's points; {_NO_CARD}"),
    "points_grade": field(["string", "null"], f"the card's grade; {_NO_CARD}", enum=[*_GRADE, None]),
    "agree": field(["boolean", "null"], f"whether both grades are the same; {_NO_CARD}"),
    **{
        f"reason_{i + 1}": field(
            "string", "a sentence, the weightiest first; empty if there are fewer", maxLength=LONGEST
        )
        for i in range(MOST_REASONS)
    },
    "model_version": field("string", "registered version of the model"),
    "card_version": field(["string", "null"], f"the card; {_NO_CARD}"),
    "as_of": field("string", "the moment up to which facts were heeded", format="date-time"),
    "horizon_days": field("number", "what the probability looks ahead"),
    "missing": field("string", "what would have to be told to score it; empty where it was scored"),
    "receipt_id": field(
        ["string", "null"], "under which this is kept: equal facts, moment and model give the same; null where not"
    ),
}

DETAIL: dict[str, Schema] = {
    "log_odds": field(["number", "null"], f"base_log_odds plus the log_odds of all groups; {_NOT}"),
    "base_log_odds": field(["number", "null"], f"of a lead of which nothing is known to differ; {_NOT}"),
    "points_per_log_odds": field(
        ["number", "null"], f"what brings the model's contributions to the card's scale; {_NOT}"
    ),
    "groups": list_of(ref("GroupPart"), "what each group of features added, the weightiest first"),
    "rules": list_of(
        closed({"rule": field("string", "the rule"), "points": field("integer", "its points")}),
        "what each rule of the card gave; empty without a card",
    ),
    "horizons": list_of(
        closed(
            {
                "horizon_days": field("number", "what the probability looks ahead"),
                "probability": field("number", "of an opportunity within it", **_SHARE),
            }
        ),
        "the probability within each horizon that the model knows, ascending; a longer one is never less likely",
    ),
    "similar": field("string", "what became of similar past leads, in a sentence; empty where none were counted"),
    "reasons_for": list_of(ref("ReasonPart"), "what raises the score, the weightiest first; each was tested"),
    "reasons_against": list_of(ref("ReasonPart"), "what lowers it, the weightiest first; each was tested"),
    "not_known": list_of(
        closed(
            {
                "group": field("string", "what is not known"),
                "sentence": field("string", "the same in words", maxLength=LONGEST),
                "points": field("number", "what its being unknown does to the score, on the card's scale"),
            }
        ),
        "what is not known and moves the score all the same, the weightiest first",
    ),
    "would_change": list_of(
        closed(
            {
                "kind": field("string", "kind of event that the team can bring about"),
                "sentence": field("string", "what one more of it now would do", maxLength=LONGEST),
                "probability": field("number", "the probability with it", **_SHARE),
            }
        ),
        "up to three events within the team's reach that would raise the probability most",
    ),
    "would_change_note": field(
        "string", "how to read would_change: association, not cause; empty without reasons"
    ),
}

REASON_PART = closed(
    {
        "group": field("string", "what was measured"),
        "direction": field("string", "which way it moves the score", enum=["for", "against"]),
        "sentence": field("string", "value, window, comparison and points", maxLength=LONGEST),
        "points": field("number", "the group's part on the card's scale"),
        "card_points": field(["integer", "null"], "by the rules about the same; null where none are"),
        "parting": field("string", "where card and model part by five points or more; else empty"),
    }
)

GROUP_PART = closed(
    {
        "group": field("string", "what was measured"),
        "log_odds": field("number", "its exact share of log_odds"),
        "points": field("number", "the same on the card's scale"),
    }
)

ERROR: dict[str, Schema] = {
    "status": field("string", "always error", const="error"),
    "field": field("string", "path of the offending field, as events[3].at; else empty", maxLength=LONGEST_TEXT),
    "message": field("string", "what was wrong", maxLength=LONGEST_TEXT),
    "hint": field("string", "what to do; may be empty", maxLength=LONGEST_TEXT),
    "request_id": field("string", "also in the header X-Request-ID"),
}

_FAULT: dict[str, Schema] = {
    **{name: ERROR[name] for name in ("status", "field", "message", "hint")},
    "lead_id": field("string", "as sent; empty where it could not be read"),
}

#: Of a caller's own record: what the mapping left aside.
_MAPPED = {
    **ANSWER,
    "ignored": field("integer", "how many fields of the record the mapping does not name", minimum=0),
    "unread": field("string", "fields that were named and could not be read, and why", maxLength=LONGEST),
}


def _count(of: str) -> Schema:
    return field("integer", f"how many leads {of}", minimum=0)


def answer_schemas() -> dict[str, Schema]:
    """Return the schemas of answers by name."""
    done = field("string", "always done", const="done")
    scored, unscorable = _count("were scored"), _count("cannot be scored")
    return {
        "GroupPart": GROUP_PART,
        "ReasonPart": REASON_PART,
        "Answer": closed({**ANSWER, **DETAIL}, ANSWER),
        "Batch": closed(
            {
                "status": done,
                "scored": scored,
                "unscorable": unscorable,
                "errors": _count("break the contract"),
                "results": list_of({"anyOf": [ref("Answer"), closed(_FAULT)]}, "one each, in the order sent"),
            }
        ),
        "MappedAnswer": closed({**_MAPPED, **DETAIL}, _MAPPED),
        "MappedBatch": closed(
            {
                "status": done,
                "scored": scored,
                "unscorable": unscorable,
                "results": list_of(ref("MappedAnswer"), "one each, in the order sent"),
            }
        ),
        "Error": closed(ERROR),
    }
