"""``GET /v1/leads/{lead_id}`` and ``.../scores``: what is known of a lead, and how it was scored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.facts.clock import format_moment
from features.payload.values import read_moment
from serving.api.facts import ledger_of
from serving.facts_in.known import is_known, read_known
from serving.front.errors import RequestError
from serving.front.replies import plain_json
from serving.front.routes import Endpoint
from serving.ledger.facts import id_fault
from serving.scoring.history import read_history

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.ledger import Ledger
    from serving.scoring.desk import Desk

MOST_SCORES = 300
_FEW = 20


@dataclass(frozen=True)
class LeadRoutes:
    """Reading what the ledger holds of one lead."""

    desk: Desk

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("GET", "/v1/leads/{lead_id}", self.show, "read", "what is known of a lead"),
            Endpoint("GET", "/v1/leads/{lead_id}/scores", self.scores, "read", "its scores and what changed"),
        ]

    async def show(self, call: Call) -> Response:
        """``GET /v1/leads/{lead_id}?as_of=``."""
        lead_id, query = _lead_of(call), call.query("as_of")
        ledger, now = ledger_of(self.desk), self.desk.clock()
        as_of = read_moment(query["as_of"], "as_of", now) if "as_of" in query else now
        vocabulary = self.desk.champion.model.vocabulary
        found = await asyncio.to_thread(ledger.read, lambda c: read_known(c, lead_id, vocabulary, as_of))
        if found is None:
            raise await asyncio.to_thread(_unknown, ledger, lead_id, f" before {format_moment(as_of)}")
        return plain_json(found)

    async def scores(self, call: Call) -> Response:
        """``GET /v1/leads/{lead_id}/scores?limit=&before=``."""
        lead_id, query = _lead_of(call), call.query("limit", "before")
        ledger, champion = ledger_of(self.desk), self.desk.champion
        limit = _limit(query.get("limit", str(_FEW)))
        before = read_moment(query["before"], "before", self.desk.clock()) if "before" in query else None
        page = await asyncio.to_thread(read_history, ledger, champion, lead_id, limit, before)
        if not page.scores and not await asyncio.to_thread(ledger.read, lambda c: is_known(c, lead_id)):
            raise await asyncio.to_thread(_unknown, ledger, lead_id, "")
        next_before = None if page.next_before is None else format_moment(page.next_before)
        return plain_json({"lead_id": lead_id, "scores": page.scores, "next_before": next_before})


def _lead_of(call: Call) -> str:
    lead_id = call.params["lead_id"]
    if (fault := id_fault(lead_id)) is not None:
        raise RequestError("lead_id", fault)
    return lead_id


def _unknown(ledger: Ledger, lead_id: str, when: str) -> RequestError:
    if ledger.is_forgotten(lead_id):
        return RequestError("lead_id", "this person is forgotten", status=410)
    hint = "POST /v1/leads tells of it"
    return RequestError("lead_id", f"nothing is known of lead {lead_id[:60]!r}{when}", status=404, hint=hint)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_SCORES):
        raise RequestError("limit", f"expected a whole number from 1 to {MOST_SCORES}, got {text[:40]!r}")
    return int(text)
