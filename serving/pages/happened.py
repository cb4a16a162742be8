"""What the ledger holds of a lead for people to look at, oldest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from features.payload import Vocabulary
    from serving.ledger.facts import Entity

#: The last events, which a picture shows.
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


_EVENTS, _VERDICTS, _TOLD = tables.event_facts.c, tables.verdict_facts.c, tables.attribute_facts.c
# Put together once: to do so takes longer than to ask.
_READ_EVENTS = (
    select(_EVENTS.lead_id, _EVENTS.at, _EVENTS.kind)
    .where(_EVENTS.lead_id.in_(bindparam("leads", expanding=True)))
    .order_by(_EVENTS.at.desc(), _EVENTS.seq.desc())
    .limit(MOST_EVENTS)
)
_READ_VERDICTS = (
    select(_VERDICTS.at, _VERDICTS.verdict, _VERDICTS.reason, _VERDICTS.caller)
    .where(_VERDICTS.lead_id == bindparam("lead"))
    .order_by(_VERDICTS.at, _VERDICTS.seq)
)
_READ_SAID = (
    select(_TOLD.name, _TOLD.value, _TOLD.known_at)
    .where(_TOLD.entity == bindparam("entity"), _TOLD.entity_id == bindparam("id"))
    .order_by(_TOLD.known_at, _TOLD.seq)
)


def readable(said: Sequence[Said], words: Vocabulary, entity: Entity) -> list[Said]:
    """Return what was told with the thousands of numbers apart."""
    return [
        replace(one, value=_apart(one.value)) if words.attributes.get((entity, one.name)) == "number" else one
        for one in said
    ]


def _apart(value: str) -> str:
    """Return a number with thousands apart, other text as it is.

    >>> _apart("12871000"), _apart("12.5"), _apart("many")
    ('12,871,000', '12.5', 'many')
    """
    return f"{int(value):,}" if value.isascii() and value.isdigit() and len(value) < 30 else value


def read_events(connection: Connection, leads: Sequence[str]) -> list[Happened]:
    """Return the last events of some leads."""
    rows = connection.execute(_READ_EVENTS, {"leads": list(leads)})
    return [Happened(*row) for row in rows][::-1]


def read_verdicts(connection: Connection, lead_id: str) -> list[Judged]:
    """Return what sales said of a lead."""
    return [Judged(*row) for row in connection.execute(_READ_VERDICTS, {"lead": lead_id})]


def read_said(connection: Connection, entity: str, entity_id: str) -> list[Said]:
    """Return what was last told of a lead or account, by name; what was taken back is left out."""
    rows = connection.execute(_READ_SAID, {"entity": entity, "id": entity_id})
    latest = {name: (value, known_at) for name, value, known_at in rows}
    return [Said(name, value, known_at) for name, (value, known_at) in sorted(latest.items()) if value is not None]
