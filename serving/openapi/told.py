"""Facts as they are told, and what became of each."""

from __future__ import annotations

from typing import get_args

from features.payload import LONGEST_ID, LONGEST_VALUE
from serving.facts_in.record import EVENTS, LEADS, OPPORTUNITIES, VERDICTS, Kind
from serving.ledger.facts import Status, Verdict
from serving.openapi.answer import ERROR
from serving.openapi.lead import GIVEN, event_fields
from serving.openapi.schema import MOMENT, Schema, closed, field, list_of, moment, one_or_many, ref

KINDS = {"Lead": LEADS, "Event": EVENTS, "Opportunity": OPPORTUNITIES, "Verdict": VERDICTS}

_KNOWN_AT = moment(f"when it could first be known; without it, when it arrives here; {MOMENT}", null=True)


#: As an import keeps it: without white space at its ends.
WHOLE_ID = r"^\S(.*\S)?$"


def _id(description: str, *, null: bool = False) -> Schema:
    kind = ["string", "null"] if null else "string"
    return field(kind, description, minLength=1, maxLength=LONGEST_ID, pattern=WHOLE_ID)


_GIVEN: Schema = {
    "type": ["object", "null"],
    "description": "by whatever name: a value, known as of the lead's known_at, or versions with a moment each",
    "additionalProperties": GIVEN,
}

_TOLD: dict[str, tuple[dict[str, Schema], tuple[str, ...]]] = {
    "Lead": (
        {
            "lead_id": _id("your own"),
            "created_at": moment(),
            "account_id": _id(
                "of the company; left out it stays what it was, null says that there is none", null=True
            ),
            "attributes": _GIVEN,
            "account_attributes": _GIVEN,
            "known_at": _KNOWN_AT,
        },
        ("lead_id", "created_at"),
    ),
    "Event": (
        {
            "event_id": _id("unique among all events: told again, it is the same one"),
            "lead_id": _id("whose it is; the lead may be told of later"),
            **{
                name: value
                for name, value in event_fields(_id("what happened, of whatever name")).items()
                if name not in {"event_id", "known_at"}
            },
            "known_at": _KNOWN_AT,
        },
        ("event_id", "lead_id", "kind", "at"),
    ),
    "Opportunity": (
        {
            "opportunity_id": _id("your own"),
            "created_at": moment(),
            "closed_at": moment(f"when it ended; {MOMENT}", null=True),
            "won": field(["boolean", "null"], "how it ended"),
            "amount": field(["number", "null"], "what it is worth"),
            "lead_id": _id("from which lead; this or account_id is needed", null=True),
            "account_id": _id("of which company", null=True),
            "known_at": _KNOWN_AT,
        },
        ("opportunity_id", "created_at"),
    ),
    "Verdict": (
        {
            "verdict_id": _id("your own; without it, one is made of the content", null=True),
            "lead_id": _id("of which lead"),
            "at": moment(),
            "verdict": field("string", "what sales said", enum=list(get_args(Verdict))),
            "reason": field(["string", "null"], "why", maxLength=LONGEST_VALUE),
        },
        ("lead_id", "at", "verdict"),
    ),
}


def _result(kind: Kind, statuses: list[str]) -> Schema:
    return closed(
        {
            "status": field(
                "string",
                "duplicate: known already; conflict: told before with other content, which stays;"
                " forgotten: the person is, and nothing was kept",
                enum=statuses,
            ),
            kind.id_key: field("string", "as sent, or as made of the content; empty where it could not be read"),
            "field": ERROR["field"],
            "message": field("string", "what was wrong; else empty", maxLength=ERROR["message"]["maxLength"]),
            "hint": ERROR["hint"],
            "unknown_to_model": list_of(
                {"type": "string"}, "kept all the same: what the model that answers cannot use"
            ),
        }
    )


def told_schemas() -> dict[str, Schema]:
    """Return the schemas of telling facts by name."""
    found: dict[str, Schema] = {}
    statuses = [*get_args(Status), "error"]
    for name, kind in KINDS.items():
        properties, required = _TOLD[name]
        found[f"Told{name}"] = closed(properties, required)
        found[f"Told{kind.name.title()}"] = one_or_many(kind.name, f"Told{name}", kind.most)
        found[f"Told{name}Result"] = _result(kind, statuses[:-1])
        found[f"Told{kind.name.title()}Results"] = {"anyOf": [ref(f"Told{name}Result"), _results(kind, statuses)]}
    return found


def _results(kind: Kind, statuses: list[str]) -> Schema:
    return closed(
        {
            "status": field("string", "always done", const="done"),
            **{status: field("integer", f"how many have this status: {status}", minimum=0) for status in statuses},
            "unknown_to_model": list_of({"type": "string"}, "of all items"),
            "results": list_of(_result(kind, statuses), "one each, in the order sent"),
        }
    )
