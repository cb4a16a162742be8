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
    """Write the receipts of several writes; rows go in by key, so that two processes never wait on each other."""
    every = {receipt.receipt_id: receipt for write in reversed(writes) for receipt in reversed(write.receipts)}
    forgotten = tx.forgotten({receipt.lead_id for receipt in every.values()})
    kept = [receipt for receipt in every.values() if receipt.lead_id not in forgotten]
    told = {r.input.digest: (r.lead_id, r.input.body) for r in kept if r.input is not None}
    people = {(r.input.digest, person) for r in kept if r.input is not None for person in r.input.people}
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
