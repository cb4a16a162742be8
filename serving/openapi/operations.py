"""What each route takes and answers: one :class:`Operation` a route, by ``POST /v1/score``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serving.api.leads import MOST_SCORES
from serving.openapi.schema import MOMENT, Schema, moment, ref
from serving.openapi.told import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """A route: what it is called, its query, its body by content type, its answer, and its further errors."""

    tag: str
    answer: Schema
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Mapping[str, Schema] = field(default_factory=dict)
    answer_type: str = _JSON
    errors: tuple[str, ...] = ()
    example: str = ""


_DETAIL = {
    "detail": {
        "type": "string",
        "enum": ["full"],
        "description": "full adds contributions by feature group and points by rule",
    }
}
_AS_OF = {"as_of": moment(f"as of then, else as of now; {MOMENT}")}

#: Records of callers: what they hold is their own, and a mapping's to say.
_RECORD: Schema = {"description": "the caller's own record; docs/callers tells what the mapping reads of it"}
_RECORDS = {
    _JSON: _RECORD,
    "application/x-www-form-urlencoded": {"type": "object", "additionalProperties": {"type": "string"}},
}
_MAPPED: Schema = {"anyOf": [ref("MappedAnswer"), ref("MappedBatch")]}

_TELLING = {
    f"POST /v1/{kind.name}": Operation(
        "facts",
        ref(f"Told{kind.name.title()}Results"),
        body={_JSON: ref(f"Told{kind.name.title()}")},
        example=f"Told{name}",
    )
    for name, kind in KINDS.items()
}

OPERATIONS: dict[str, Operation] = {
    "POST /v1/score": Operation(
        "scores", ref("Answer"), {**_DETAIL, **_AS_OF}, {_JSON: ref("Lead")}, example="Lead"
    ),
    "POST /v1/score/batch": Operation(
        "scores", ref("Batch"), {**_DETAIL, **_AS_OF}, {_JSON: ref("Leads")}, example="Leads"
    ),
    **_TELLING,
    "GET /v1/leads/{lead_id}": Operation("kept", ref("KnownLead"), _AS_OF, errors=("404", "410")),
    "GET /v1/leads/{lead_id}/scores": Operation(
        "kept",
        ref("Scores"),
        {
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_SCORES, "default": 20},
            "before": moment(f"only those as of earlier; {MOMENT}"),
        },
        errors=("404", "410"),
    ),
    "GET /v1/receipts/{receipt_id}": Operation(
        "kept",
        ref("Receipt"),
        {"verify": {"type": "string", "enum": ["true", "false"], "description": "true computes it again"}},
        errors=("404",),
    ),
    **{
        f"POST /v1/{caller}/score": Operation("callers", _MAPPED, _DETAIL, _RECORDS)
        for caller in ("hubspot", "marketo", "salesforce")
    },
    "POST /v1/mapped/{mapping}": Operation("callers", _MAPPED, _DETAIL, _RECORDS, errors=("404",)),
    "POST /v1/salesforce/outbound": Operation(
        "callers",
        {"type": "string", "description": "a SOAP envelope whose Ack is true once everything is kept"},
        {"key": {"type": "string", "description": "the API key, since Salesforce sends no headers of one's own"}},
        {"text/xml": {"type": "string", "description": "a SOAP outbound message"}},
        answer_type="text/xml",
        errors=("401", "403", "429"),
    ),
    "GET /v1/model": Operation("model", ref("Model")),
    "POST /v1/model/reload": Operation("model", ref("Reloaded"), errors=("409",)),
    "GET /openapi.json": Operation("service", {"type": "object"}),
    "GET /": Operation("service", ref("Paths")),
    "GET /livez": Operation("service", ref("Alive")),
    "GET /readyz": Operation("service", ref("Ready")),
    "GET /metrics": Operation("service", {"type": "string"}, answer_type="text/plain"),
}
