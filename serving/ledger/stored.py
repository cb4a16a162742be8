"""A lead as the ledger was told of it, read as a scoring request would tell the same facts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, BindParameter, Text, bindparam, select, union

from features.payload import Colleague, LeadFacts
from features.payload.order import in_order
from serving.ledger import tables
from serving.ledger.canonical import deals_in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from features.language import Entity
    from features.payload import Event, Version, Vocabulary

_leads, _events = tables.lead_facts, tables.event_facts
_attributes, _deals = tables.attribute_facts, tables.opportunity_facts
_lead: BindParameter[str] = bindparam("lead", type_=Text)
_account: BindParameter[str | None] = bindparam("account", type_=Text)
_as_of: BindParameter[int] = bindparam("as_of", type_=BigInteger)

_OWN = (
    select(_leads.c.account_id, _leads.c.created_at)
    .where(_leads.c.lead_id == _lead, _leads.c.known_at < _as_of)
    .order_by(_leads.c.known_at.desc(), _leads.c.seq.desc())
    .limit(1)
)
# Everybody who ever was of the account; who is of it as of then is seen from their versions.
_EVER = union(
    select(_lead.label("lead_id")), select(_leads.c.lead_id).where(_leads.c.account_id == _account)
).subquery()
_PEOPLE = (
    select(_leads.c.lead_id, _leads.c.account_id, _leads.c.created_at)
    .where(_leads.c.lead_id.in_(select(_EVER.c.lead_id)), _leads.c.known_at < _as_of)
    .order_by(_leads.c.known_at, _leads.c.seq)
)
_HAPPENED = select(
    *(_events.c[name] for name in ("lead_id", "at", "kind", "known_at", "value", "channel", "campaign"))
).where(_events.c.lead_id.in_(select(_EVER.c.lead_id)), _events.c.known_at < _as_of)
_SAID = (
    select(*(_attributes.c[name] for name in ("entity", "entity_id", "name", "known_at", "value")))
    .where(
        _attributes.c.entity_id.in_(union(select(_EVER.c.lead_id), select(_account))),
        _attributes.c.known_at < _as_of,
    )
    # Of one moment what was told of the account itself comes last, and holds: "account" stands before "lead".
    .order_by(_attributes.c.known_at, _attributes.c.entity.desc(), _attributes.c.seq)
)
_DEALT = (
    select(*(_deals.c[n] for n in ("opportunity_id", "created_at", "closed_at", "won", "lead_id", "account_id")))
    .where(
        _deals.c.opportunity_id.in_(
            union(
                select(_deals.c.opportunity_id).where(_deals.c.account_id == _account),
                select(_deals.c.opportunity_id).where(_deals.c.lead_id.in_(select(_EVER.c.lead_id))),
            )
        ),
        _deals.c.known_at < _as_of,
    )
    .order_by(_deals.c.known_at, _deals.c.seq)
)


@dataclass(frozen=True)
class StoredLead:
    """A lead as of a moment: its facts for scoring, its account, and who else the facts tell of.

    ``skipped_kinds`` and ``skipped_attributes`` count the facts that this model does not know; ``missing`` names
    what the model would use and nothing was told of: ``account_id``, ``events``, ``attributes.title``.
    """

    facts: LeadFacts
    account_id: str | None
    people: tuple[str, ...]
    skipped_kinds: dict[str, int]
    skipped_attributes: dict[str, int]
    missing: tuple[str, ...]


def read_stored(connection: Connection, lead_id: str, vocabulary: Vocabulary, as_of: int) -> StoredLead | None:
    """Read a lead with what was known before ``as_of`` (microseconds); None where it was no lead yet."""
    asked = {"lead": lead_id, "as_of": as_of}
    own = connection.execute(_OWN, asked).first()
    if own is None or own.created_at >= as_of:
        return None
    asked["account"] = own.account_id
    people = _colleagues_of(connection, own.account_id, asked)
    skipped_kinds: Counter[str] = Counter()
    skipped_attributes: Counter[str] = Counter()
    events = _read_events(connection, asked, {lead_id, *people}, vocabulary, skipped_kinds)
    versions = _read_versions(connection, asked, people, vocabulary, skipped_attributes)
    facts = LeadFacts(
        lead_id=lead_id,
        created_at=own.created_at,
        as_of=as_of,
        events=in_order(events[lead_id]),
        versions=_of_lead(versions, lead_id, own.account_id),
        colleagues=None if own.account_id is None else _lay_out(people, events, versions),
        deals=None if own.account_id is None else _read_deals(connection, asked, {lead_id, *people}),
    )
    return StoredLead(
        facts=facts,
        account_id=own.account_id,
        people=tuple(people),
        skipped_kinds=dict(skipped_kinds),
        skipped_attributes=dict(skipped_attributes),
        missing=_missing(facts, vocabulary),
    )


def _colleagues_of(connection: Connection, account_id: str | None, asked: dict[str, Any]) -> dict[str, int]:
    """Return the creation of the account's other leads as of then, by id."""
    if account_id is None:
        return {}
    latest = {row.lead_id: row for row in connection.execute(_PEOPLE, asked)}
    del latest[asked["lead"]]
    return {
        name: row.created_at
        for name, row in sorted(latest.items())
        if row.account_id == account_id and row.created_at < asked["as_of"]
    }


def _read_events(
    connection: Connection, asked: dict[str, Any], people: set[str], vocabulary: Vocabulary, skipped: Counter[str]
) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for lead_id, at, kind, known_at, value, channel, campaign in connection.execute(_HAPPENED, asked):
        if lead_id not in people:
            continue
        if kind not in vocabulary.places:
            skipped[kind] += 1
            continue
        found[lead_id].append((at, kind, known_at, math.nan if value is None else value, channel, campaign))
    return found


_Versions = dict[tuple[str, str | None], dict[str, list["Version"]]]


def _read_versions(
    connection: Connection,
    asked: dict[str, Any],
    colleagues: Iterable[str],
    vocabulary: Vocabulary,
    skipped: Counter[str],
) -> _Versions:
    """Return the versions by (entity, id), then name, in the order of ``known_at``.

    What was told as a lead's and the model knows only of accounts is the account's, also where that is None.
    """
    entities = {("lead", asked["lead"]), *(("lead", name) for name in colleagues), ("account", asked["account"])}
    found: _Versions = defaultdict(lambda: defaultdict(list))
    for entity, entity_id, name, known_at, value in connection.execute(_SAID, asked):
        if (entity, entity_id) not in entities:
            continue
        owner = vocabulary.owner_of(entity, name)
        if owner not in vocabulary.attributes:
            skipped[name] += 1
            continue
        owner_id = entity_id if owner[0] == entity else asked["account"]
        append_version(found[owner[0], owner_id][name], (known_at, value))
    return found


def append_version(versions: list[Version], version: Version) -> None:
    """Append the next version in the order of ``known_at`` and recording.

    Of two that are known at one moment the one recorded last holds; one that says what the one before it says is
    no change.
    """
    if versions and versions[-1][0] == version[0]:
        versions.pop()
    if not versions or versions[-1][1] != version[1]:
        versions.append(version)


def _of_lead(versions: _Versions, lead_id: str, account_id: str | None) -> dict[tuple[Entity, str], list[Version]]:
    found: dict[tuple[Entity, str], list[Version]] = {}
    for name, own in versions["lead", lead_id].items():
        found["lead", name] = own
    for name, own in versions["account", account_id].items():
        found["account", name] = own
    return found


def _lay_out(people: dict[str, int], events: dict[str, list[Event]], versions: _Versions) -> list[Colleague]:
    return [
        Colleague(created_at, in_order(events[name]), dict(versions["lead", name]))
        for name, created_at in people.items()
    ]


def _read_deals(connection: Connection, asked: dict[str, Any], people: set[str]) -> list[Any]:
    latest = {row.opportunity_id: row for row in connection.execute(_DEALT, asked)}
    account, as_of = asked["account"], asked["as_of"]
    # A deal whose own account nobody has is its lead's, as the import sees it.
    elsewhere = {
        row.account_id
        for row in latest.values()
        if row.account_id not in {None, account} and row.lead_id in people
    }
    strangers = {name for name in elsewhere if not _is_known(connection, name, as_of)}
    found = []
    for row in latest.values():
        own = row.account_id == account
        if not own and not (row.lead_id in people and (row.account_id is None or row.account_id in strangers)):
            continue
        if row.created_at >= as_of:
            continue
        closed = row.closed_at is not None and row.closed_at < as_of
        found.append((row.created_at, row.closed_at if closed else None, row.won if closed else None))
    return deals_in_order(found)


def _is_known(connection: Connection, account_id: str, as_of: int) -> bool:
    query = select(_leads.c.seq).where(_leads.c.account_id == account_id, _leads.c.known_at < as_of).limit(1)
    return connection.execute(query).first() is not None


def _missing(facts: LeadFacts, vocabulary: Vocabulary) -> tuple[str, ...]:
    missing = ["account_id"] if facts.colleagues is None else []
    missing += [] if facts.events else ["events"]
    for entity, name in sorted(vocabulary.attributes):
        if not any(text is not None for _, text in facts.versions.get((entity, name), ())[-1:]):
            missing.append(f"{'attributes' if entity == 'lead' else 'account_attributes'}.{name}")
    return tuple(missing)
