"""Writing receipts, their inputs, and shadow scores: many at once, each only once."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger.transaction import Transaction
    from serving.ledger.writes import Receipt, RecordReceipts, RecordShadow

_INPUT = ("digest", "lead_id", "body")
_PERSON = ("digest", "person")
_RECEIPT = (
    *("receipt_id", "lead_id", "scored_at", "as_of", "status", "model_version", "model_digest"),
    *("card_version", "card_digest", "input_digest", "features", "answer", "caller", "request_id"),
    "software",
)
_SHADOW = ("receipt_id", "model_version", "probability", "grade", "points", "scored_at")
#: Fast, and for JSON of facts nearly as small as the slow levels.
_LEVEL = 1


def record_receipts(tx: Transaction, writes: Sequence[RecordReceipts]) -> list[None]:
    """Write the receipts of several writes; rows go in by key, so that two processes never wait on each other.

    An input that tells of a forgotten person, told of anew or read before they were forgotten, is not kept: its
    receipt then is as :func:`~serving.ledger.forget.forget` leaves those of colleagues.
    """
    every = {receipt.receipt_id: receipt for write in reversed(writes) for receipt in reversed(write.receipts)}
    named = {(r.input.digest, person) for r in every.values() if r.input is not None for person in r.input.people}
    forgotten = tx.forgotten({r.lead_id for r in every.values()} | {person for _, person in named})
    barred = {digest for digest, person in named if person in forgotten}
    kept = [
        (r.lead_id, r.input)
        for r in every.values()
        if r.input is not None and r.lead_id not in forgotten and r.input.digest not in barred
    ]
    told = {own.digest: (lead_id, own.body) for lead_id, own in kept}
    people = {(own.digest, person) for _, own in kept for person in own.people}
    bodies = [(digest, lead_id, zlib.compress(body, _LEVEL)) for digest, (lead_id, body) in sorted(told.items())]
    tx.insert(tables.inputs, _INPUT, bodies)
    tx.insert(tables.input_people, _PERSON, sorted(people))
    tx.insert(tables.receipts, _RECEIPT, [_row(every[key], forgotten) for key in sorted(every)])
    return [None] * len(writes)


def _row(receipt: Receipt, forgotten: dict[str, str]) -> tuple[object, ...]:
    tombstone = forgotten.get(receipt.lead_id)
    known = tombstone is None
    return (
        receipt.receipt_id,
        receipt.lead_id if tombstone is None else forgotten_name(tombstone),
        receipt.scored_at,
        receipt.as_of,
        receipt.status,
        receipt.model_version,
        receipt.model_digest,
        receipt.card_version,
        receipt.card_digest,
        receipt.input.digest if known and receipt.input is not None else None,
        receipt.features if known else None,
        receipt.answer if known else None,
        receipt.caller,
        receipt.request_id,
        receipt.software,
    )


def forgotten_name(tombstone: str) -> str:
    """Return what stands in a receipt in place of a forgotten lead's id."""
    return f"forgotten:{tombstone}"


def record_shadow(tx: Transaction, writes: Sequence[RecordShadow]) -> list[None]:
    """Write the shadow scores of several writes."""
    every = {(s.receipt_id, s.model_version): s for w in reversed(writes) for s in reversed(w.scores)}
    rows = [
        (s.receipt_id, s.model_version, s.probability, s.grade, s.points, s.scored_at)
        for _, s in sorted(every.items())
    ]
    tx.insert(tables.shadow_scores, _SHADOW, rows)
    return [None] * len(writes)
