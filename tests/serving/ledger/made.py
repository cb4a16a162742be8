"""Facts and receipts in few words."""

from __future__ import annotations

from features.facts.clock import DAY, parse_moment
from features.payload import LeadFacts, Vocabulary
from serving.ledger import (
    AttributeFact,
    EventFact,
    Input,
    LeadFact,
    Receipt,
    RecordFacts,
    RecordReceipts,
    canonical_input,
    input_digest,
)

START = parse_moment("2026-01-01T00:00:00Z")
NOW = START + 100 * DAY
WORDS = Vocabulary(
    kinds=("visit", "webinar"),
    observed_from={"visit": 0, "webinar": 0},
    attributes={("lead", "title"): "category", ("account", "employees"): "number"},
)


def lead(lead_id="L1", account_id=None, day=0, known=None):
    return LeadFact(lead_id, account_id, START + day * DAY, START + (day if known is None else known) * DAY)


def event(event_id, lead_id="L1", day=1, kind="visit", **more):
    return EventFact(event_id, lead_id, kind, START + day * DAY, more.pop("known", START + day * DAY), **more)


def title(value, day=0, lead_id="L1"):
    return AttributeFact("lead", lead_id, "title", value, START + day * DAY)


def tell(ledger, *facts, recorded_at=NOW):
    return ledger.write(RecordFacts(facts, "key", recorded_at))


def receipt(receipt_id, lead_id="L1", scored_at=NOW, people=(), salt=0, **more):
    body = canonical_input(
        LeadFacts(lead_id, START, scored_at, [(START + salt, "visit", START + salt, 1.0, None, None)])
    )
    kept = Input(input_digest(body), body, people)
    values = {"features": b"\0" * 8, "answer": '{"score":7}', "caller": "key", "request_id": "r"} | more
    return Receipt(receipt_id, lead_id, scored_at, scored_at, "scored", "7", "d" * 64, input=kept, **values)


def file_receipts(ledger, *receipts):
    return ledger.write(RecordReceipts(receipts))
