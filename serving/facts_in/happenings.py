"""Events, opportunities and verdicts as they are told of."""

from __future__ import annotations

import base64
import hashlib
import math
from typing import TYPE_CHECKING, get_args

import orjson

from features.errors import PayloadError
from features.payload.events import EVENT_KEYS, read_event
from features.payload.lead import DEAL_KEYS, read_deal
from features.payload.values import read_label, read_number, read_text, required_moment
from serving.facts_in.told import Told, check_fact, known_from, optional_id, read_item, required_id
from serving.ledger import EventFact, OpportunityFact, VerdictFact
from serving.ledger.facts import Verdict

if TYPE_CHECKING:
    from features.payload import Vocabulary

TOLD_EVENT_KEYS = ("event_id", "lead_id", *(key for key in EVENT_KEYS if key != "event_id"))
OPPORTUNITY_KEYS = (*DEAL_KEYS, "amount", "lead_id", "account_id", "known_at")
VERDICT_KEYS = ("verdict_id", "lead_id", "at", "verdict", "reason")


def read_told_event(item: object, vocabulary: Vocabulary, now: int) -> Told:
    """Read one event; without ``known_at`` it was known when it arrived.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, or a time lies in the future.

    """
    event = read_item(item, "event", TOLD_EVENT_KEYS)
    event_id, lead_id = required_id(event, "event_id"), required_id(event, "lead_id")
    at, kind, known_at, value, channel, campaign = read_event(event, "", now, unsaid=now)
    number = None if math.isnan(value) else value
    fact = EventFact(event_id, lead_id, kind, at, known_at, channel, campaign, number)
    check_fact(fact)
    return Told((fact,), () if kind in vocabulary.places else (kind,))


def read_told_opportunity(item: object, _: Vocabulary, now: int) -> Told:
    """Read one opportunity as it is known from ``known_at`` on: open, or with its end.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, a time lies in the future, or they contradict one another.

    """
    deal = read_item(item, "opportunity", OPPORTUNITY_KEYS)
    opportunity_id = required_id(deal, "opportunity_id")
    created_at, closed_at, won = read_deal(deal, "", now)
    known_at = known_from(deal, now)
    for moment, what in ((created_at, "created"), (closed_at, "closed")):
        if moment is not None and known_at < moment:
            raise PayloadError("known_at", f"is before the opportunity was {what}")
    fact = OpportunityFact(
        opportunity_id,
        created_at,
        known_at,
        closed_at=closed_at,
        won=won,
        amount=None if deal.get("amount") is None else read_number(deal["amount"], "amount"),
        lead_id=optional_id(deal, "lead_id"),
        account_id=optional_id(deal, "account_id"),
    )
    check_fact(fact)
    return Told((fact,))


def read_told_verdict(item: object, _: Vocabulary, now: int) -> Told:
    """Read what sales said of a lead; one without an id gets one of its content, so that a repeat is no second.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, or the time lies in the future.

    """
    told = read_item(item, "verdict", VERDICT_KEYS)
    lead_id = required_id(told, "lead_id")
    at = required_moment(told, "at", "", now)
    verdict = read_text(told.get("verdict"), "verdict")
    if verdict not in get_args(Verdict):
        raise PayloadError("verdict", f"{verdict[:60]!r} is none of {', '.join(get_args(Verdict))}")
    reason = read_label(told, "reason", "")
    given = optional_id(told, "verdict_id")
    # Text that cannot be encoded is refused by name further down.
    content = [lead_id, at, verdict, None if reason is None else reason.strip()]
    verdict_id = given or content_id(content)
    fact = VerdictFact(verdict_id, lead_id, at, verdict, reason)  # type: ignore[arg-type]
    check_fact(fact)
    return Told((fact,))


def content_id(content: list[object]) -> str:
    """Return the id of a verdict that has none, made of its lead, moment, verdict and reason."""
    try:
        whole = orjson.dumps(content)
    except orjson.JSONEncodeError:
        return "unreadable"
    return "v" + base64.b32encode(hashlib.sha256(whole).digest()[:15]).decode().lower()
