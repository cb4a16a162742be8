"""The routes of callers with bodies of their own: HubSpot, Marketo, Salesforce, and any by a mapping."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from features.errors import did_you_mean
from features.payload.values import kind_of
from serving.adapters.bodies import read_record
from serving.adapters.clerk import Clerk, Outcome
from serving.adapters.library import Library
from serving.adapters.paths import look_up, parse_path
from serving.adapters.soap import acknowledge, read_message
from serving.api.score import asked_by
from serving.front.errors import RequestError
from serving.front.replies import finite_json, plain_json
from serving.front.routes import Endpoint

if TYPE_CHECKING:
    from serving.adapters.taken import Taker
    from serving.front.call import Call
    from serving.front.callers import KeyRing
    from serving.scoring.desk import Desk

_log = logging.getLogger("serving")


@dataclass
class AdapterRoutes:
    """Scoring callers' own records. ``keys`` is set once known: outbound messages are let in here."""

    desk: Desk
    given: Library | None = None
    keys: KeyRing | None = None

    def __post_init__(self) -> None:
        self.library = Library() if self.given is None else self.given
        self._clerk = Clerk(self.desk)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes. HubSpot reads Retry-After in milliseconds."""
        outbound = "/v1/salesforce/outbound"
        return [
            Endpoint("POST", "/v1/hubspot/score", self.hubspot, "score", "score a HubSpot contact", retry_in="ms"),
            Endpoint("POST", "/v1/marketo/score", self.marketo, "score", "score a person of Marketo's webhook"),
            Endpoint("POST", "/v1/salesforce/score", self.salesforce, "score", "score leads that Apex sends"),
            # The scope is looked at by the handler: Salesforce sends no headers of one's own.
            Endpoint("POST", outbound, self.outbound, None, "take a Salesforce outbound message"),
            Endpoint("POST", "/v1/mapped/{mapping}", self.mapped, "score", "score records read by a mapping"),
        ]

    async def hubspot(self, call: Call) -> Response:
        """``POST /v1/hubspot/score``."""
        return await self._score(call, self.library["hubspot"])

    async def marketo(self, call: Call) -> Response:
        """``POST /v1/marketo/score``."""
        return await self._score(call, self.library["marketo"])

    async def salesforce(self, call: Call) -> Response:
        """``POST /v1/salesforce/score``."""
        return await self._score(call, self.library["salesforce"])

    async def mapped(self, call: Call) -> Response:
        """``POST /v1/mapped/{mapping}``."""
        name = call.params["mapping"]
        if name not in self.library:
            hint = f"{did_you_mean(name[:60], self.library)}; leadquality serve --mapping FILE adds one"
            raise RequestError("mapping", f"there is no mapping {name[:60]!r}", status=404, hint=hint)
        return await self._score(call, self.library[name])

    async def outbound(self, call: Call) -> Response:
        """``POST /v1/salesforce/outbound``: Ack is true once every record's facts and receipts are durable."""
        query = call.query("key")
        call.caller = self._admitted(call, query.get("key"))
        taker = self.library["salesforce"]
        if not self._clerk.remembers(taker):
            hint = "start it with --ledger, and let the mapping say remember: true"
            raise RequestError.unavailable(
                "an outbound message is only kept, and this service keeps nothing", hint
            )
        message = await read_message(call)
        _check_organization(message.organization_id, taker.mapping.organization_id)
        asked = asked_by(call, self.desk, {})
        outcomes = await self._clerk.settle(taker, message.records, asked)
        lost = [outcome for outcome in outcomes if not outcome.settled]
        if lost:
            missing = ", ".join(sorted({outcome.answer["missing"] for outcome in lost}))
            _log.warning(
                "request %s: %d of %d records of an outbound message lack %s; Salesforce sends it again",
                *(call.request_id, len(lost), len(outcomes), missing),
            )
        return Response(acknowledge(not lost), media_type="text/xml")

    def _admitted(self, call: Call, key: str | None) -> Any:  # noqa: ANN401 - the ring's own
        """Return who asks, by a header or by ``?key=``."""
        if self.keys is None:
            return call.caller
        scope = call.scope
        if key is not None:
            given = (b"authorization", b"Bearer " + key.encode("latin-1", "replace"))
            scope = {**scope, "headers": [given, *scope["headers"]]}
        route = Endpoint("POST", "/v1/salesforce/outbound", self.outbound, "ingest", "")
        return self.keys.admit(scope, route)

    async def _score(self, call: Call, taker: Taker) -> Response:
        asked = asked_by(call, self.desk, call.query("detail"))
        if self._clerk.remembers(taker) and "ingest" not in call.caller.permissions:
            hint = "make one with --scope score --scope ingest, or let the mapping say remember: false"
            raise RequestError(
                "Authorization",
                "this key may score, and not tell facts, as this mapping does",
                status=403,
                hint=hint,
            )
        records, many = _records(await read_record(call), taker)
        outcomes = await self._clerk.settle(taker, records, asked)
        if not many:
            return finite_json(outcomes[0].answer)
        return plain_json(_together(outcomes))


def _records(body: Any, taker: Taker) -> tuple[list[Any], bool]:  # noqa: ANN401 - any JSON
    """Return the records of a body, and whether the mapping lets a body have several."""
    where = taker.mapping.records
    if where is None:
        if not isinstance(body, dict):
            raise RequestError("body", f"expected an object, got {kind_of(body)}")
        return [body], False
    found = body if isinstance(body, list) else look_up(body, parse_path(where))
    if isinstance(found, dict) or (not isinstance(found, list) and isinstance(body, dict) and where not in body):
        # One alone, which needs no list around it.
        found = [found if isinstance(found, dict) else body]
    if not isinstance(found, list):
        raise RequestError(where, "expected a list of records")
    if not 1 <= len(found) <= taker.mapping.most:
        raise RequestError(where, f"expected 1 to {taker.mapping.most} records, got {len(found):,}")
    if any(not isinstance(each, dict) for each in found):
        raise RequestError(where, "expected each record to be an object")
    return found, True


def _together(outcomes: list[Outcome]) -> dict[str, Any]:
    answers = [outcome.answer for outcome in outcomes]
    lacking = sum(answer["status"] == "unscorable" for answer in answers)
    return {"status": "done", "scored": len(answers) - lacking, "unscorable": lacking, "results": answers}


def _check_organization(given: str, wanted: str | None) -> None:
    # Salesforce writes the same id with 15 characters here and 18 there.
    if wanted is not None and given[:15] != wanted[:15]:
        raise RequestError("OrganizationId", "is not the organisation that this service listens to", status=403)
