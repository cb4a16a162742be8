"""What the ledger holds past a place, as little of it as the book needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, func, select

from serving.ledger import tables
from serving.ledger.reads import read_setting

if TYPE_CHECKING:
    from sqlalchemy import Connection

Row: TypeAlias = Sequence[Any]

_COLUMNS = {
    "leads": (tables.lead_facts, ("lead_id", "account_id", "created_at", "known_at")),
    "attributes": (tables.attribute_facts, ("entity", "entity_id", "name", "value", "known_at")),
    "events": (tables.event_facts, ("lead_id", "kind", "at")),
    "opportunities": (tables.opportunity_facts, ("opportunity_id", "known_at", "lead_id")),
    "verdicts": (tables.verdict_facts, ("lead_id", "verdict", "at")),
    "receipts": (tables.receipts, ("receipt_id", "lead_id", "as_of", "model_version", "answer")),
}
KINDS = tuple(_COLUMNS)
_SELECT = {name: select(table.c.seq, *(table.c[one] for one in own)) for name, (table, own) in _COLUMNS.items()}
#: Put together once: to do so takes longer than to ask.
_NEXT = {
    name: _SELECT[name].where(table.c.seq > bindparam("after")).order_by(table.c.seq).limit(bindparam("most"))
    for name, (table, _) in _COLUMNS.items()
}
_COUNT_FORGOTTEN = select(func.count()).select_from(tables.tombstones)
#: Numbers asked for in one statement.
_AT_ONCE = 500


def read(connection: Connection, name: str, after: int, most: int) -> Sequence[Row]:
    """Return up to ``most`` rows past ``after``, their number first."""
    return connection.execute(_NEXT[name], {"after": after, "most": most}).all()


def last_number(connection: Connection, name: str) -> int:
    """Return the number of the last row."""
    return connection.execute(select(func.max(_COLUMNS[name][0].c.seq))).scalar() or 0


def numbers(connection: Connection, name: str, after: int, until: int) -> Iterable[int]:
    """Return the numbers that there are, past ``after`` and up to ``until``."""
    seq = _COLUMNS[name][0].c.seq
    return connection.execute(select(seq).where(seq > after, seq <= until)).scalars()


def read_these(connection: Connection, name: str, wanted: Sequence[int]) -> list[Row]:
    """Return the rows of some numbers."""
    seq = _COLUMNS[name][0].c.seq
    found: list[Row] = []
    for begin in range(0, len(wanted), _AT_ONCE):
        found += connection.execute(
            _SELECT[name].where(seq.in_(wanted[begin : begin + _AT_ONCE])).order_by(seq)
        ).all()
    return found


def last_touches(connection: Connection, until: int) -> Sequence[Row]:
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
    return connection.execute(query.where(events.c.seq <= until)).all()


def count_forgotten(connection: Connection) -> int:
    """Return how many people were forgotten."""
    return connection.execute(_COUNT_FORGOTTEN).scalar_one()


def tombstones(connection: Connection) -> tuple[frozenset[str], str]:
    """Return the digests of those forgotten, and the salt that they are made with."""
    digests = frozenset(connection.execute(select(tables.tombstones.c.digest)).scalars())
    return digests, read_setting(connection, "salt") or ""
