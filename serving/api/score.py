"""``POST /v1/score`` and ``POST /v1/score/batch``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import PayloadError
from serving.front.body import read_json
from serving.front.errors import RequestError, whole
from serving.front.replies import finite_json, plain_json
from serving.front.routes import Endpoint
from serving.scoring.decide import Asked, Decision

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.scoring.desk import Ahead, Desk

#: Marketo sends at most 300 leads at once, Salesforce triggers 200, HubSpot 100.
MOST_IN_BATCH = 300


@dataclass(frozen=True)
class ScoreRoutes:
    """Scoring one lead, and up to 300."""

    desk: Desk

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("POST", "/v1/score", self.one, "score", "score one lead, whole or by its id"),
            Endpoint("POST", "/v1/score/batch", self.many, "score", f"score up to {MOST_IN_BATCH} leads"),
        ]

    async def one(self, call: Call) -> Response:
        """``POST /v1/score``."""
        query = call.query("detail", "as_of")
        asked = asked_by(call, self.desk, query)
        return finite_json(await self.desk.score(as_of_query(await read_json(call), query), asked))

    async def many(self, call: Call) -> Response:
        """``POST /v1/score/batch``: one result each, in their order; a bad lead does not fail the others."""
        query = call.query("detail", "as_of")
        asked = asked_by(call, self.desk, query)
        leads = [_with_moment(lead, query) for lead in _leads(await read_json(call))]
        ahead = await self.desk.read_ahead(leads, asked)
        decisions = []
        for lead in leads:
            decisions.append(await self._one_of_many(lead, asked, ahead))
            # Others' single leads come in between, instead of waiting for all of these.
            await asyncio.sleep(0)
        await self.desk.keep([d for d in decisions if isinstance(d, Decision)])
        results = [d.answer if isinstance(d, Decision) else d for d in decisions]
        return plain_json({"status": "done", **_counts(results), "results": results})

    async def _one_of_many(self, lead: object, asked: Asked, ahead: Ahead) -> Decision | dict[str, Any]:
        try:
            if isinstance(lead, _Refused):
                raise lead.error
            return await self.desk.decide(lead, asked, ahead)
        except (PayloadError, RequestError) as error:
            return {
                "status": "error",
                "lead_id": _id_of(lead.told if isinstance(lead, _Refused) else lead),
                "field": whole(error.field),
                "message": whole(error.message),
                "hint": whole(error.hint or ""),
            }


def asked_by(call: Call, desk: Desk, query: dict[str, str]) -> Asked:
    """Return how a score is asked for, from the request and its query."""
    detail = query.get("detail")
    if detail not in {None, "full"}:
        raise RequestError("detail", f"expected full, got {detail[:40]!r}", hint="POST /v1/score?detail=full")
    return Asked(call.caller.key_id, call.request_id, desk.clock(), full=detail == "full")


def as_of_query(lead: object, query: dict[str, str]) -> object:
    """Return the lead with the moment that the query names."""
    if "as_of" not in query or not isinstance(lead, dict):
        return lead
    if lead.get("as_of") is not None:
        raise RequestError("as_of", "is given both in the query and in the body")
    return {**lead, "as_of": query["as_of"]}


@dataclass(frozen=True)
class _Refused:
    """A lead of a batch that contradicts the query."""

    told: object
    error: RequestError


def _with_moment(lead: object, query: dict[str, str]) -> object:
    try:
        return as_of_query(lead, query)
    except RequestError as error:
        return _Refused(lead, error)


def _leads(told: object) -> list[Any]:
    if not isinstance(told, dict) or not isinstance(told.get("leads"), list) or len(told) != 1:
        raise RequestError("leads", 'expected {"leads": [...]} and nothing else', hint="GET /openapi.json")
    leads: list[Any] = told["leads"]
    if not 1 <= len(leads) <= MOST_IN_BATCH:
        hint = "leadquality score DATASET --as-of now -o FILE scores any number"
        raise RequestError("leads", f"expected 1 to {MOST_IN_BATCH} leads, got {len(leads):,}", hint=hint)
    return leads


def _id_of(lead: object) -> str:
    found = lead.get("lead_id") if isinstance(lead, dict) else None
    return whole(found) if isinstance(found, str) else ""


def _counts(results: list[dict[str, Any]]) -> dict[str, int]:
    statuses = [result["status"] for result in results]
    return {
        "scored": statuses.count("scored") + statuses.count("degraded"),
        "unscorable": statuses.count("unscorable"),
        "errors": statuses.count("error"),
    }
