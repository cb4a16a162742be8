"""Erasing a person: facts, inputs and what receipts told, leaving a tombstone and receipts that can be counted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import delete, func, select, update

from serving.ledger import tables
from serving.ledger.record_receipts import forgotten_name
from serving.ledger.transaction import chunks
from serving.ledger.writes import Forget, Forgotten, Prune, Pruned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger.transaction import Transaction


def forget(tx: Transaction, writes: Sequence[Forget]) -> list[Forgotten]:
    """Erase people; see :func:`_forget_one`."""
    return [_forget_one(tx, write) for write in writes]


def _forget_one(tx: Transaction, write: Forget) -> Forgotten:
    lead_id, tombstone = write.lead_id, tx.tombstone(write.lead_id)
    facts = {"opportunities": _forget_opportunities(tx, lead_id)}
    for name, table, column in (
        ("leads", tables.lead_facts, tables.lead_facts.c.lead_id),
        ("events", tables.event_facts, tables.event_facts.c.lead_id),
        ("verdicts", tables.verdict_facts, tables.verdict_facts.c.lead_id),
    ):
        facts[name] = tx.connection.execute(delete(table).where(column == lead_id)).rowcount
    attributes = tables.attribute_facts
    own = delete(attributes).where(attributes.c.entity == "lead", attributes.c.entity_id == lead_id)
    facts["attributes"] = tx.connection.execute(own).rowcount
    receipts = tables.receipts
    nothing = {"lead_id": forgotten_name(tombstone), "features": None, "answer": None, "input_digest": None}
    emptied = tx.connection.execute(update(receipts).where(receipts.c.lead_id == lead_id).values(nothing)).rowcount
    inputs, of_others = _forget_inputs(tx, lead_id)
    counts = Forgotten(dict(sorted(facts.items())), inputs, emptied, of_others)
    numbers = {name: value for name, value in asdict(counts).items() if name != "log_held"}
    row = (tombstone, write.forgotten_at, orjson.dumps(numbers).decode())
    tx.insert(tables.tombstones, ("digest", "forgotten_at", "counts"), [row])
    return counts


def _forget_opportunities(tx: Transaction, lead_id: str) -> int:
    """Take the person out of opportunities: they stay the account's, where there is one."""
    leads, deals = tables.lead_facts, tables.opportunity_facts
    query = select(leads.c.account_id).where(leads.c.lead_id == lead_id)
    account = tx.connection.execute(query.order_by(leads.c.known_at.desc(), leads.c.seq.desc()).limit(1)).scalar()
    mine = deals.c.lead_id == lead_id
    taken = 0
    if account is not None:
        adopt = update(deals).where(mine, deals.c.account_id.is_(None)).values(account_id=account, lead_id=None)
        taken += tx.connection.execute(adopt).rowcount
    release = update(deals).where(mine, deals.c.account_id.is_not(None)).values(lead_id=None)
    taken += tx.connection.execute(release).rowcount
    return taken + tx.connection.execute(delete(deals).where(mine)).rowcount


def _forget_inputs(tx: Transaction, lead_id: str) -> tuple[int, int]:
    """Delete all inputs that tell of the person; return how many, and how many receipts of others lose theirs."""
    inputs, people, receipts = tables.inputs, tables.input_people, tables.receipts
    own = select(inputs.c.digest).where(inputs.c.lead_id == lead_id)
    named = select(people.c.digest).where(people.c.person == lead_id)
    digests = sorted(tx.connection.execute(own.union(named)).scalars())
    gone = of_others = 0
    for chunk in chunks(digests):
        count = select(func.count()).select_from(receipts).where(receipts.c.input_digest.in_(chunk))
        of_others += tx.connection.execute(count).scalar_one()
        tx.connection.execute(delete(people).where(people.c.digest.in_(chunk)))
        gone += tx.connection.execute(delete(inputs).where(inputs.c.digest.in_(chunk))).rowcount
    return gone, of_others


def prune(tx: Transaction, writes: Sequence[Prune]) -> list[Pruned]:
    """Delete features and inputs of old receipts."""
    return [_prune_one(tx, write) for write in writes]


def _prune_one(tx: Transaction, write: Prune) -> Pruned:
    inputs, people, receipts = tables.inputs, tables.input_people, tables.receipts
    total = Pruned()
    for chunk in chunks(write.seqs):
        old = (receipts.c.seq.in_(chunk), receipts.c.scored_at < write.before)
        digests = list(tx.connection.execute(select(receipts.c.input_digest).where(*old).distinct()).scalars())
        emptied = update(receipts).where(*old, receipts.c.features.is_not(None)).values(features=None)
        young = select(receipts.c.input_digest).where(
            receipts.c.input_digest.in_(digests), receipts.c.scored_at >= write.before
        )
        needed = set(tx.connection.execute(young).scalars())
        free = [digest for digest in digests if digest is not None and digest not in needed]
        cleared = tx.connection.execute(emptied).rowcount
        tx.connection.execute(delete(people).where(people.c.digest.in_(free)))
        gone = tx.connection.execute(delete(inputs).where(inputs.c.digest.in_(free))).rowcount
        total += Pruned(cleared, gone)
    return total
