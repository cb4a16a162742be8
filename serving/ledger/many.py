"""Many leads as the ledger was told of them, read with a few queries for all: what is one account's is read once.

Each comes out as :func:`serving.ledger.stored.read_stored` would read it alone; a test holds the two together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from features.payload import Colleague, LeadFacts
from features.payload.order import in_order
from serving.ledger import tables
from serving.ledger.canonical import deals_in_order
from serving.ledger.stored import append_version
from serving.ledger.transaction import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Select

    from features.language import Entity
    from features.payload import Deal, Event, Version, Vocabulary

_leads, _events = tables.lead_facts, tables.event_facts
_attributes, _deals = tables.attribute_facts, tables.opportunity_facts
#: In place of an entity: what is known of the unnamed company of a lead without account.
_HOMELESS = "account of lead"


class Known(NamedTuple):
    """A lead's facts for scoring, and the ids of the others that they tell of."""

    facts: LeadFacts
    people: tuple[str, ...]


class _Lead(NamedTuple):
    """A lead as last known before the moment."""

    account_id: str | None
    created_at: int


@dataclass(frozen=True)
class _Read:
    """What was read for some leads and their colleagues: each by its owner's id."""

    as_of: int
    #: Leads of each account, by their ids.
    members: dict[str, dict[str, int]]
    events: dict[str, list[Event]]
    versions: dict[tuple[str, str], dict[str, list[Version]]]
    deals: dict[str, list[Deal]]
    #: Made when first asked for, then shared.
    colleagues: dict[str, Colleague] = field(default_factory=dict)


def read_many(
    connection: Connection, lead_ids: Sequence[str], vocabulary: Vocabulary, as_of: int
) -> dict[str, Known]:
    """Read leads with what was known before ``as_of`` (microseconds); those that were no lead yet are left out."""
    leads = _latest(connection, _leads.c.lead_id.in_, lead_ids, as_of)
    wanted = {name: lead for name in lead_ids if (lead := leads.get(name)) and lead.created_at < as_of}
    accounts = sorted({lead.account_id for lead in wanted.values() if lead.account_id is not None})
    leads |= _latest(connection, _ever_of, accounts, as_of)
    members: dict[str, dict[str, int]] = {account: {} for account in accounts}
    for name, lead in sorted(leads.items()):
        if lead.account_id in members and lead.created_at < as_of:
            members[lead.account_id][name] = lead.created_at
    home = {name: account for account, those in members.items() for name in those}
    people = {*wanted, *home}
    read = _Read(
        as_of,
        members,
        _read_events(connection, people, vocabulary, as_of),
        _read_versions(connection, people, home, vocabulary, as_of),
        _read_deals(connection, leads, members, as_of),
    )
    return {name: _known(name, lead, read) for name, lead in wanted.items()}


def _ever_of(accounts: Sequence[str]) -> Any:  # noqa: ANN401 - an SQL condition
    """Choose everybody who ever was of an account: who is of it as of then is seen from their versions."""
    return _leads.c.lead_id.in_(select(_leads.c.lead_id).where(_leads.c.account_id.in_(accounts)))


def _latest(connection: Connection, chosen: Any, values: Sequence[str], as_of: int) -> dict[str, _Lead]:  # noqa: ANN401
    query = select(_leads.c.lead_id, _leads.c.account_id, _leads.c.created_at)
    query = query.where(_leads.c.known_at < as_of).order_by(_leads.c.known_at, _leads.c.seq)
    return {
        lead_id: _Lead(account_id, created_at)
        for chunk in chunks(values)
        for lead_id, account_id, created_at in connection.execute(query.where(chosen(chunk)))
    }


def _rows(connection: Connection, query: Select[Any], column: Any, values: Collection[str]) -> Iterator[Any]:  # noqa: ANN401
    for chunk in chunks(sorted(values)):
        yield from connection.execute(query.where(column.in_(chunk))).all()


def _read_events(
    connection: Connection, people: set[str], vocabulary: Vocabulary, as_of: int
) -> dict[str, list[Event]]:
    names = ("lead_id", "at", "kind", "known_at", "value", "channel", "campaign")
    query = select(*(_events.c[name] for name in names)).where(_events.c.known_at < as_of)
    found: dict[str, list[Event]] = defaultdict(list)
    for lead_id, at, kind, known_at, value, channel, campaign in _rows(
        connection, query, _events.c.lead_id, people
    ):
        if kind in vocabulary.places:
            found[lead_id].append((at, kind, known_at, math.nan if value is None else value, channel, campaign))
    return {name: in_order(own) for name, own in found.items()}


def _read_versions(
    connection: Connection, people: set[str], home: dict[str, str], vocabulary: Vocabulary, as_of: int
) -> dict[tuple[str, str], dict[str, list[Version]]]:
    """Return the versions by (entity, id), then name, in the order of ``known_at``.

    ``home`` has the account of each of the people who has one. What was told as a lead's and the model knows only
    of accounts is the account's; that of a lead without one stands under :data:`_HOMELESS` and the lead's id.
    """
    names = ("entity", "entity_id", "name", "known_at", "value", "seq")
    query = select(*(_attributes.c[name] for name in names)).where(_attributes.c.known_at < as_of)
    found: dict[tuple[str, str], dict[str, list[Version]]] = defaultdict(lambda: defaultdict(list))
    rows = _rows(connection, query, _attributes.c.entity_id, people.union(home.values()))
    # Here, and not in a query: an account's and its leads' may come from two.
    for entity, entity_id, name, known_at, value, _ in sorted(rows, key=_in_which_order):
        owner = vocabulary.owner_of(entity, name)
        if owner not in vocabulary.attributes:
            continue
        if owner[0] == entity:
            key = entity, entity_id
        else:
            key = ("account", home[entity_id]) if entity_id in home else (_HOMELESS, entity_id)
        append_version(found[key][name], (known_at, value))
    return found


def _in_which_order(row: Any) -> tuple[int, bool, int]:  # noqa: ANN401 - a row of attributes
    """Return by what versions follow each other: of one moment what was told of the account itself comes last."""
    return row.known_at, row.entity == "account", row.seq


def _read_deals(
    connection: Connection, leads: dict[str, _Lead], members: dict[str, dict[str, int]], as_of: int
) -> dict[str, list[Deal]]:
    """Return each account's opportunities as last known; one whose account nobody has is its lead's."""
    names = ("opportunity_id", "created_at", "closed_at", "won", "lead_id", "account_id")
    query = select(*(_deals.c[name] for name in names)).where(_deals.c.known_at < as_of)
    query = query.order_by(_deals.c.known_at, _deals.c.seq)
    ever: set[str] = set()
    for column, values in ((_deals.c.account_id, members), (_deals.c.lead_id, leads)):
        ever.update(name for (name,) in _rows(connection, select(_deals.c.opportunity_id), column, values))
    latest = {row.opportunity_id: row for row in _rows(connection, query, _deals.c.opportunity_id, ever)}
    others = {row.account_id for row in latest.values()} - {None, *members}
    known = select(_leads.c.account_id).distinct().where(_leads.c.known_at < as_of)
    strangers = others.difference(name for (name,) in _rows(connection, known, _leads.c.account_id, others))
    home = {name: account for account, those in members.items() for name in those}
    found: dict[str, list[Deal]] = {account: [] for account in members}
    for row in latest.values():
        by_lead = row.account_id is None or row.account_id in strangers
        account = home.get(row.lead_id) if by_lead else row.account_id
        if account in found and row.created_at < as_of:
            closed = row.closed_at is not None and row.closed_at < as_of
            found[account].append((row.created_at, row.closed_at if closed else None, row.won if closed else None))
    return {account: deals_in_order(deals) for account, deals in found.items()}


def _known(name: str, lead: _Lead, read: _Read) -> Known:
    account = lead.account_id
    others = () if account is None else tuple(other for other in read.members[account] if other != name)
    versions: dict[tuple[Entity, str], list[Version]] = {
        ("lead", key): own for key, own in read.versions.get(("lead", name), {}).items()
    }
    firm = (_HOMELESS, name) if account is None else ("account", account)
    versions |= {("account", key): own for key, own in read.versions.get(firm, {}).items()}
    facts = LeadFacts(
        lead_id=name,
        created_at=lead.created_at,
        as_of=read.as_of,
        events=read.events.get(name, []),
        versions=versions,
        colleagues=None if account is None else [_colleague(other, account, read) for other in others],
        deals=None if account is None else read.deals[account],
    )
    return Known(facts, others)


def _colleague(name: str, account: str, read: _Read) -> Colleague:
    if name not in read.colleagues:
        read.colleagues[name] = Colleague(
            read.members[account][name], read.events.get(name, []), dict(read.versions.get(("lead", name), {}))
        )
    return read.colleagues[name]
