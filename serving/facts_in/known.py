"""A lead as the ledger knows it at a moment, for people to read, with what the model does not know."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from features.facts.clock import format_moment
from serving.ledger import tables
from serving.ledger.facts import LOADED
from serving.ledger.stored import append_version, read_stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from features.language import Entity
    from features.payload import Version, Vocabulary

_leads, _events, _attributes = tables.lead_facts, tables.event_facts, tables.attribute_facts
_deals, _verdicts, _receipts = tables.opportunity_facts, tables.verdict_facts, tables.receipts


def read_known(connection: Connection, lead_id: str, vocabulary: Vocabulary, as_of: int) -> dict[str, Any] | None:
    """Return what was known of a lead before ``as_of`` (microseconds); None where it was no lead yet."""
    stored = read_stored(connection, lead_id, vocabulary, as_of)
    if stored is None:
        return None
    account = stored.account_id
    return {
        "lead_id": lead_id,
        "as_of": format_moment(as_of),
        "created_at": format_moment(stored.facts.created_at),
        "account_id": account,
        "colleagues": None if stored.facts.colleagues is None else len(stored.facts.colleagues),
        "attributes": _values(connection, "lead", lead_id, as_of, vocabulary),
        "account_attributes": []
        if account is None
        else _values(connection, "account", account, as_of, vocabulary),
        "events": _happened(connection, lead_id, as_of, vocabulary),
        "opportunities": _dealt(connection, lead_id, account, as_of),
        "verdicts": _judged(connection, lead_id, as_of),
        "missing": list(stored.missing),
    }


def is_known(connection: Connection, lead_id: str) -> bool:
    """Tell whether anything was ever told of a lead, or scored."""
    return any(
        connection.execute(select(table.c.seq).where(table.c.lead_id == lead_id).limit(1)).first() is not None
        for table in (_leads, _events, _receipts, _verdicts)
    )


def _values(
    connection: Connection, entity: Entity, entity_id: str, as_of: int, vocabulary: Vocabulary
) -> list[dict[str, Any]]:
    query = (
        select(_attributes.c.name, _attributes.c.value, _attributes.c.known_at)
        .where(
            _attributes.c.entity == entity,
            _attributes.c.entity_id == entity_id,
            _attributes.c.known_at < as_of,
        )
        .order_by(_attributes.c.known_at, _attributes.c.seq)
    )
    versions: dict[str, list[Version]] = defaultdict(list)
    for name, value, known_at in connection.execute(query):
        append_version(versions[name], (known_at, value))
    return [
        {
            "name": name,
            "value": value,
            "known_at": format_moment(known_at),
            "known_to_model": vocabulary.owner_of(entity, name) in vocabulary.attributes,
        }
        for name, (known_at, value) in sorted((name, own[-1]) for name, own in versions.items())
    ]


def _happened(connection: Connection, lead_id: str, as_of: int, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    at = _events.c.at
    query = (
        select(_events.c.kind, func.count(), func.min(at), func.max(at))
        .where(_events.c.lead_id == lead_id, _events.c.known_at < as_of)
        .group_by(_events.c.kind)
    )
    return [
        {
            "kind": kind,
            "count": count,
            "first_at": format_moment(first),
            "last_at": format_moment(last),
            "known_to_model": kind in vocabulary.places,
        }
        for kind, count, first, last in sorted(tuple(row) for row in connection.execute(query))
    ]


def _dealt(connection: Connection, lead_id: str, account_id: str | None, as_of: int) -> list[dict[str, Any]]:
    columns = ("opportunity_id", "created_at", "closed_at", "won", "amount", "lead_id", "account_id")
    ours = _deals.c.lead_id == lead_id
    if account_id is not None:
        ours = or_(ours, _deals.c.account_id == account_id)
    wanted = select(_deals.c.opportunity_id).where(ours)
    query = (
        select(*(_deals.c[name] for name in columns))
        .where(_deals.c.opportunity_id.in_(wanted), _deals.c.known_at < as_of)
        .order_by(_deals.c.known_at, _deals.c.seq)
    )
    latest = {row.opportunity_id: row for row in connection.execute(query)}
    return [
        {
            "opportunity_id": deal.opportunity_id,
            "created_at": format_moment(deal.created_at),
            "closed_at": None if deal.closed_at is None else format_moment(deal.closed_at),
            "won": deal.won,
            "amount": deal.amount,
        }
        for deal in sorted(latest.values(), key=lambda deal: (deal.created_at, deal.opportunity_id))
        if deal.lead_id == lead_id or (account_id is not None and deal.account_id == account_id)
    ]


def _judged(connection: Connection, lead_id: str, as_of: int) -> list[dict[str, Any]]:
    # A verdict has no moment of its own from which it is known: that is when it was told, but for those of a
    # dataset, loaded long after, which count as known when they were given.
    known = or_(_verdicts.c.recorded_at < as_of, _verdicts.c.caller == LOADED)
    query = select(_verdicts.c.at, _verdicts.c.verdict, _verdicts.c.reason).where(
        _verdicts.c.lead_id == lead_id, _verdicts.c.at < as_of, known
    )
    rows = connection.execute(query.order_by(_verdicts.c.at, _verdicts.c.seq))
    return [{"at": format_moment(at), "verdict": verdict, "reason": reason} for at, verdict, reason in rows]
