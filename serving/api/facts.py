"""``POST /v1/leads``, ``/v1/events``, ``/v1/opportunities`` and ``/v1/verdicts``: telling what happened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from features.errors import PayloadError
from serving.facts_in.record import (
    EVENTS,
    LEADS,
    OPPORTUNITIES,
    VERDICTS,
    Kind,
    Telling,
    count_results,
    record_items,
)
from serving.front.body import read_json
from serving.front.errors import RequestError
from serving.front.replies import plain_json
from serving.front.routes import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.ledger import Ledger
    from serving.scoring.desk import Desk


@dataclass(frozen=True)
class FactRoutes:
    """Telling facts, one or many at once; acknowledged means durable."""

    desk: Desk

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                "POST",
                f"/v1/{kind.name}",
                partial(self.tell, kind),
                "ingest",
                f"tell of {kind.name}, up to {kind.most:,} at once",
            )
            for kind in (LEADS, EVENTS, OPPORTUNITIES, VERDICTS)
        ]

    async def tell(self, kind: Kind, call: Call) -> Response:
        """Record one item, or ``{"events": [...]}`` with a result each, in their order."""
        call.query()
        body = await read_json(call)
        ledger = ledger_of(self.desk)
        now = self.desk.clock()
        telling = Telling(ledger, self.desk.champion.model.vocabulary, call.caller.key_id, now)
        if isinstance(body, dict) and kind.name in body:
            results = await record_items(kind, _items(body, kind), telling)
            return plain_json({"status": "done", **count_results(results), "results": results})
        (result,) = await record_items(kind, [body], telling)
        if result["status"] == "error":
            message = result["message"].removeprefix(f"{result['field']}: ")
            raise PayloadError(result["field"], message, hint=result["hint"] or None)
        return plain_json(result)


def _items(body: dict[str, Any], kind: Kind) -> list[object]:
    items = body[kind.name]
    if not isinstance(items, list) or len(body) != 1:
        hint = "GET /openapi.json has examples"
        raise RequestError(kind.name, f'expected {{"{kind.name}": [...]}} and nothing else', hint=hint)
    if not 1 <= len(items) <= kind.most:
        raise RequestError(kind.name, f"expected 1 to {kind.most:,} {kind.name}, got {len(items):,}")
    return items


def ledger_of(desk: Desk) -> Ledger:
    """Return the ledger.

    Raises
    ------
    RequestError
        503: the service was started without one.

    """
    if desk.ledger is None:
        hint = "leadquality serve --ledger FILE keeps facts and receipts"
        raise RequestError(
            "", "this service keeps nothing, since it was started without a ledger", status=503, hint=hint
        )
    return desk.ledger
