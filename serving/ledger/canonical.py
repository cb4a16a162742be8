"""What was scored, as text that is the same for the same facts: kept once, and scored again bit for bit."""

from __future__ import annotations

import hashlib
import math
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from features.payload import Colleague, LeadFacts
from features.payload.order import in_order
from serving.ledger.errors import LedgerRefused

if TYPE_CHECKING:
    from features.payload import Deal, Event, Version

_BY_NAME = itemgetter(0)


def canonical_input(facts: LeadFacts) -> bytes:
    """Return the facts as compact JSON in one order, without ``as_of``; numbers as their shortest exact text.

    Events and deals are in time order, attributes by name; colleagues stay as they are, which is by their ids.

    Raises
    ------
    LedgerRefused
        A text holds half of a character (a lone surrogate).

    """
    body = {
        "colleagues": None if facts.colleagues is None else [_colleague(other) for other in facts.colleagues],
        "created_at": facts.created_at,
        "deals": None if facts.deals is None else deals_in_order(facts.deals),
        # A value that is missing is NaN, which orjson writes as null.
        "events": in_order(facts.events),
        "lead_id": facts.lead_id,
        "untracked": sorted(facts.untracked),
        "versions": sorted([[*key, versions] for key, versions in facts.versions.items()], key=itemgetter(0, 1)),
    }
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise LedgerRefused("input", f"cannot be kept: {error}") from None


def _colleague(other: Colleague) -> list[Any]:
    return [other.created_at, in_order(other.events), sorted(other.versions.items(), key=_BY_NAME)]


def deals_in_order(deals: list[Deal]) -> list[Deal]:
    """Return opportunities by creation, end and outcome, what is unknown first."""
    return sorted(deals, key=_deal_order)


def _deal_order(deal: Deal) -> tuple[int, int, int]:
    created_at, closed_at, won = deal
    return created_at, -1 if closed_at is None else closed_at, -1 if won is None else won


def from_canonical(body: bytes, as_of: int) -> LeadFacts:
    """Return the facts that :func:`canonical_input` wrote, to be seen as of ``as_of`` (microseconds)."""
    told = orjson.loads(body)
    colleagues, deals = told["colleagues"], told["deals"]
    return LeadFacts(
        lead_id=told["lead_id"],
        created_at=told["created_at"],
        as_of=as_of,
        events=_events(told["events"]),
        versions={(entity, name): _versions(own) for entity, name, own in told["versions"]},
        colleagues=None if colleagues is None else [Colleague(c, _events(e), _named(v)) for c, e, v in colleagues],
        deals=None if deals is None else [tuple(deal) for deal in deals],
        untracked=frozenset((entity, name) for entity, name in told["untracked"]),
    )


def _events(told: list[list[Any]]) -> list[Event]:
    return [
        (at, kind, known_at, math.nan if value is None else value, channel, campaign)
        for at, kind, known_at, value, channel, campaign in told
    ]


def _versions(told: list[list[Any]]) -> list[Version]:
    return [(known_at, text) for known_at, text in told]


def _named(told: list[list[Any]]) -> dict[str, list[Version]]:
    return {name: _versions(own) for name, own in told}


def input_digest(body: bytes) -> str:
    """Return the SHA-256 of a canonical input, as 64 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()
