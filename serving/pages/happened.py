"""What the ledger holds of a lead for people to look at, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: Events that a picture shows; those before are counted.
MOST_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that a person did."""

    lead_id: str
    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What sales said of a lead, and who."""

    at: int
    verdict: str
    reason: str | None
    caller: str


@dataclass(frozen=True, slots=True)
class Said:
    """An attribute's value, and since when it is known."""

    name: str
    value: str
    known_at: int


def read_events(connection: Connection, leads: Sequence[str]) -> list[Happened]:
    """Return the last events of some leads."""
    events = tables.event_facts
    query = select(events.c.lead_id, events.c.at, events.c.kind).where(events.c.lead_id.in_(leads))
    rows = connection.execute(query.order_by(events.c.at.desc(), events.c.seq.desc()).limit(MOST_EVENTS))
    return [Happened(*row) for row in rows][::-1]


def read_verdicts(connection: Connection, lead_id: str) -> list[Judged]:
    """Return what sales said of a lead."""
    verdicts = tables.verdict_facts
    query = select(verdicts.c.at, verdicts.c.verdict, verdicts.c.reason, verdicts.c.caller)
    rows = connection.execute(query.where(verdicts.c.lead_id == lead_id).order_by(verdicts.c.at, verdicts.c.seq))
    return [Judged(*row) for row in rows]


def read_said(connection: Connection, entity: str, entity_id: str) -> list[Said]:
    """Return what was last told of a lead or account, by name; what was taken back is left out."""
    told = tables.attribute_facts
    query = select(told.c.name, told.c.value, told.c.known_at).where(
        told.c.entity == entity, told.c.entity_id == entity_id
    )
    rows = connection.execute(query.order_by(told.c.known_at, told.c.seq))
    latest = {name: (value, known_at) for name, value, known_at in rows}
    return [Said(name, value, known_at) for name, (value, known_at) in sorted(latest.items()) if value is not None]
