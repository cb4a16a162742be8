"""The document, from the routes that there are and what is known of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from features.payload import LONGEST_ID
from serving.front.body import LARGEST_BODY
from serving.openapi.about import about_schemas
from serving.openapi.answer import DETAIL, answer_schemas
from serving.openapi.kept import kept_schemas
from serving.openapi.lead import lead_schemas
from serving.openapi.operations import OPERATIONS, Operation
from serving.openapi.schema import Schema, ref
from serving.openapi.told import WHOLE_ID, told_schemas
from serving.scoring.decide import with_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.front.routes import Endpoint
    from serving.scoring.champion import Champion

_IN_PATH = re.compile(r"\{(\w+)\}")
_ANYTHING = Operation("service", {})

_ERRORS = {
    "400": "The request breaks the contract; field names the place",
    "401": "No valid API key",
    "403": "This key may not do this",
    "404": "There is no such thing",
    "408": "The body did not arrive in time",
    "409": "It cannot be done as things are; the model that answers stays",
    "410": "The person is forgotten",
    "413": f"The body is too large; most take {LARGEST_BODY:,} bytes",
    "429": "Too much is asked at once; try again after Retry-After",
    "500": "A defect of the service; the log has more under request_id",
    "503": "The ledger is not to be had, or there is none; nothing was answered or kept",
}
_ID = {"X-Request-ID": {"description": "as sent, or made up", "schema": {"type": "string"}}}
_WAIT = {"Retry-After": {"description": "seconds; for HubSpot milliseconds", "schema": {"type": "integer"}}}
_WHO = {"WWW-Authenticate": {"description": "how to say who asks", "schema": {"type": "string"}}}


def openapi_document(champion: Champion, endpoints: Iterable[Endpoint]) -> Schema:
    """Return the document for a service with these routes."""
    examples = _examples(champion)
    paths: dict[str, dict[str, Schema]] = {}
    for endpoint in endpoints:
        if endpoint.is_page:
            continue
        operation = OPERATIONS.get(f"{endpoint.method} {endpoint.path}", _ANYTHING)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, operation, examples)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lead quality",
            "version": champion.model.version,
            "description": "Scores leads, keeps what it is told and what it answered. Times are UTC.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "a key made by leadquality keys create",
                },
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the same key"},
            },
            "schemas": {
                **answer_schemas(),
                **lead_schemas(champion.model),
                **told_schemas(),
                **kept_schemas(),
                **about_schemas(),
            },
        },
    }


def _operation(endpoint: Endpoint, operation: Operation, examples: dict[str, tuple[Any, Any]]) -> Schema:
    said, answered = examples.get(operation.example, (None, None))
    names = _IN_PATH.findall(endpoint.path)
    found: Schema = {
        "summary": endpoint.says,
        "tags": [operation.tag],
        "security": [] if endpoint.permission is None else [{name: [endpoint.permission]} for name in _SCHEMES],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": _path_part()} for name in names),
            *({"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()),
        ],
        "responses": {
            "200": {
                "description": endpoint.says,
                "headers": _ID,
                "content": {operation.answer_type: _content(operation.answer, answered)},
            },
            **{status: _error(status) for status in _errors_of(endpoint, operation)},
        },
    }
    if operation.body:
        content = {kind: _content(schema, said) for kind, schema in operation.body.items()}
        found["requestBody"] = {"required": True, "content": content}
    return found


_SCHEMES = ("bearer", "header")


def _path_part() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": WHOLE_ID}


def _content(schema: Schema, example: Any) -> Schema:  # noqa: ANN401 - any JSON
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _errors_of(endpoint: Endpoint, operation: Operation) -> list[str]:
    """Return the statuses of errors that a route may answer with."""
    found = {"500", "503", *operation.errors}
    if operation is _ANYTHING or operation.query or operation.body or "{" in endpoint.path:
        found.add("400")
    if operation is _ANYTHING or endpoint.method == "POST":
        found |= {"400", "408", "413"}
    if endpoint.permission is not None:
        found |= {"401", "403"}
    if not endpoint.always:
        found.add("429")
    return sorted(found)


def _error(status: str) -> Schema:
    headers = {**_ID, **({"401": _WHO, "429": _WAIT}.get(status, {}))}
    content = {"application/json": {"schema": ref("Error")}}
    return {"description": _ERRORS[status], "headers": headers, "content": content}


def _examples(champion: Champion) -> dict[str, tuple[Any, Any]]:
    """Return a request and its answer by the request's schema; an answer may be None."""
    lead = champion.example
    answer = {k: v for k, v in with_receipt(champion.example_answer, None).items() if k not in DETAIL}
    lead_id, created_at = lead["lead_id"], lead["created_at"]
    told = {"lead_id": lead_id, "created_at": created_at, "account_id": "acme", "attributes": lead["attributes"]}
    event = {"event_id": "e-1", "lead_id": lead_id, "kind": "web_visit", "at": created_at}
    if lead["events"]:
        event.update(lead["events"][0])
    return {
        "Lead": (lead, answer),
        "Leads": (
            {"leads": [lead]},
            {"status": "done", "scored": 1, "unscorable": 0, "errors": 0, "results": [answer]},
        ),
        "ToldLead": ({"leads": [told]}, None),
        "ToldEvent": ({"events": [event]}, None),
        "ToldOpportunity": (
            {"opportunity_id": "o-1", "lead_id": lead_id, "created_at": created_at, "amount": 12000},
            None,
        ),
        "ToldVerdict": (
            {"lead_id": lead_id, "at": created_at, "verdict": "rejected", "reason": "no budget"},
            None,
        ),
    }
