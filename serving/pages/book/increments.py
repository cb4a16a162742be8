"""What the ledger holds past a place, as little of it as the book needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import func, select

from serving.ledger import tables
from serving.ledger.reads import read_setting
from serving.pages.book.entry import WEEK

if TYPE_CHECKING:
    from sqlalchemy import Connection

Row: TypeAlias = Sequence[Any]

_COLUMNS = {
    "leads": (tables.lead_facts, ("lead_id", "account_id", "created_at", "known_at")),
    "attributes": (tables.attribute_facts, ("entity", "entity_id", "name", "value", "known_at")),
    "events": (tables.event_facts, ("lead_id", "kind", "at")),
    "opportunities": (tables.opportunity_facts, ("lead_id",)),
    "verdicts": (tables.verdict_facts, ("lead_id", "verdict", "at")),
    "receipts": (tables.receipts, ("receipt_id", "lead_id", "as_of", "model_version", "answer")),
}
#: PostgreSQL numbers rows before it commits them, so that a lower number can appear after a higher one: the last
#: so many are looked at again.
OVERLAP = 1_000


def read(connection: Connection, name: str, after: int, most: int) -> list[Row]:
    """Return up to ``most`` rows past ``after``, their number first; on PostgreSQL some from before too."""
    table, columns = _COLUMNS[name]
    if connection.dialect.name != "sqlite":
        after, most = max(0, after - OVERLAP), most + OVERLAP
    query = select(table.c.seq, *(table.c[column] for column in columns)).where(table.c.seq > after)
    return [tuple(row) for row in connection.execute(query.order_by(table.c.seq).limit(most))]


def last_event(connection: Connection) -> int:
    """Return the number of the last event."""
    return connection.execute(select(func.max(tables.event_facts.c.seq))).scalar() or 0


def last_touches(connection: Connection, until: int) -> list[Row]:
    """Return number, lead, kind and moment of each lead's last event among those numbered up to ``until``."""
    events = tables.event_facts
    last = (
        select(events.c.lead_id, func.max(events.c.at).label("at"))
        .where(events.c.seq <= until)
        .group_by(events.c.lead_id)
        .subquery()
    )
    query = select(events.c.seq, events.c.lead_id, events.c.kind, events.c.at).join(
        last, (events.c.lead_id == last.c.lead_id) & (events.c.at == last.c.at)
    )
    return [tuple(row) for row in connection.execute(query.where(events.c.seq <= until))]


def tombstones(connection: Connection) -> tuple[frozenset[str], str]:
    """Return the digests of those forgotten, and the salt that they are made with."""
    digests = frozenset(connection.execute(select(tables.tombstones.c.digest)).scalars())
    return digests, read_setting(connection, "salt") or ""


def worth_reading(told: list[tuple[str, int, str, str]]) -> list[tuple[str, int, str, str]]:
    """Return of a lead's receipts (id, as_of, version, answer) those that an entry needs, in order of ``as_of``.

    These are the newest, the first of the week before it, and the last from before that week.
    """
    ordered = sorted(told, key=lambda one: one[1])
    begins = ordered[-1][1] - WEEK
    before = [one for one in ordered if one[1] <= begins][-1:]
    within = [one for one in ordered[:-1] if one[1] > begins][:1]
    return [*before, *within, ordered[-1]]
