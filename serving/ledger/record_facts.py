"""Writing facts so that telling one again, late or in another order changes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from serving.ledger import tables
from serving.ledger.facts import (
    AttributeFact,
    EventFact,
    Fact,
    LeadFact,
    OpportunityFact,
    Status,
    VerdictFact,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

    from serving.ledger.transaction import Transaction
    from serving.ledger.writes import RecordFacts


class _Kind(NamedTuple):
    """How a kind of fact is kept: ``key`` names the thing, ``known_by`` the column to look it up by.

    Once told, a fact with ``once`` stays as it is; others have versions, by ``known_at``. ``content`` is what
    makes a fact differ from another of its key.
    """

    table: Table
    key: tuple[str, ...]
    content: tuple[str, ...]
    known_by: str
    once: bool = False
    aside: tuple[str, ...] = ("known_at",)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.content, *self.aside)


#: The versions of one thing in the order in which they hold: (aside, content).
_Known = list[tuple[tuple[Any, ...], tuple[Any, ...]]]

_KINDS: dict[type, _Kind] = {
    LeadFact: _Kind(tables.lead_facts, ("lead_id",), ("account_id", "created_at"), "lead_id"),
    AttributeFact: _Kind(tables.attribute_facts, ("entity", "entity_id", "name"), ("value",), "entity_id"),
    # When an event was heard of may differ from one telling to the next: the first holds.
    EventFact: _Kind(
        tables.event_facts,
        ("event_id",),
        ("lead_id", "kind", "at", "channel", "campaign", "value"),
        "event_id",
        once=True,
    ),
    OpportunityFact: _Kind(
        tables.opportunity_facts,
        ("opportunity_id",),
        ("created_at", "closed_at", "won", "amount", "lead_id", "account_id"),
        "opportunity_id",
    ),
    VerdictFact: _Kind(
        tables.verdict_facts,
        ("verdict_id",),
        ("lead_id", "at", "verdict", "reason"),
        "verdict_id",
        once=True,
        aside=(),
    ),
}
#: Texts that a dataset would trim, an empty one being none.
_TRIMMED = {"value", "channel", "campaign", "reason"}
_NUMBERS = {"value", "amount"}


class _Told(NamedTuple):
    """A fact on its way: its place among all, and who told it when."""

    place: int
    fact: Fact
    caller: str
    recorded_at: int


def record_facts(tx: Transaction, writes: Sequence[RecordFacts]) -> list[list[Status]]:
    """Write the facts of several writes; return a status for each fact of each write."""
    flat = [(fact, write.caller, write.recorded_at) for write in writes for fact in write.items]
    statuses: list[Status] = ["accepted"] * len(flat)
    forgotten = tx.forgotten({lead for fact, _, _ in flat if (lead := lead_of(fact)) is not None})
    by_kind: dict[type, list[_Told]] = defaultdict(list)
    for place, (fact, caller, recorded_at) in enumerate(flat):
        if lead_of(fact) in forgotten:
            statuses[place] = "forgotten"
        else:
            by_kind[type(fact)].append(_Told(place, fact, caller, recorded_at))
    for kind, told in by_kind.items():
        _record_kind(tx, _KINDS[kind], told, statuses)
    ends = iter(statuses)
    return [[next(ends) for _ in write.items] for write in writes]


def lead_of(fact: Fact) -> str | None:
    """Return the id of the lead that a fact tells of, None for one that tells of an account alone."""
    if isinstance(fact, AttributeFact):
        return fact.entity_id if fact.entity == "lead" else None
    return fact.lead_id


def _record_kind(tx: Transaction, kind: _Kind, told: list[_Told], statuses: list[Status]) -> None:
    known = _load(tx, kind, {getattr(each.fact, kind.known_by) for each in told})
    decide = _decide_once if kind.once else _decide_version
    rows = []
    clock: int | None = None
    for place, fact, caller, recorded_at in told:
        key = _values(fact, kind.key)
        silent = isinstance(fact, LeadFact) and not fact.says_account
        whole = _with_account(fact, known[key]) if isinstance(fact, LeadFact) and silent else fact
        content, aside = _values(whole, kind.content), _values(whole, kind.aside)
        statuses[place], kept = decide(known[key], content, aside, silent=silent)
        if kept:
            clock = tx.no_earlier(kind.table, recorded_at) if clock is None else max(clock, recorded_at)
            rows.append((*key, *content, *aside, caller, clock))
    tx.insert(kind.table, (*kind.columns, "caller", "recorded_at"), rows)


def _load(tx: Transaction, kind: _Kind, names: set[str]) -> dict[tuple[Any, ...], _Known]:
    """Return what is known of each key."""
    known: dict[tuple[Any, ...], _Known] = defaultdict(list)
    query = select(*(kind.table.c[name] for name in kind.columns)).order_by(kind.table.c.seq)
    keys, contents = len(kind.key), len(kind.key) + len(kind.content)
    for row in tx.rows_for(query, kind.table.c[kind.known_by], names):
        known[tuple(row[:keys])].append((tuple(row[contents:]), tuple(row[keys:contents])))
    for versions in known.values():
        # Stable: of two versions known at one moment, the one recorded later holds.
        versions.sort(key=lambda version: version[0])
    return known


def _with_account(fact: LeadFact, known: _Known) -> LeadFact:
    """Return a lead told without its account with the one last known by then.

    Whoever told it looked that up before this transaction, and it may have been changed since.
    """
    before = bisect_right([when for when, _ in known], (fact.known_at,))
    if before == 0:
        return fact
    account_id = known[before - 1][1][_KINDS[LeadFact].content.index("account_id")]
    return replace(fact, account_id=account_id)


def _decide_once(
    known: _Known,
    content: tuple[Any, ...],
    _: tuple[Any, ...],
    *,
    silent: bool,  # noqa: ARG001 - as the other has it
) -> tuple[Status, bool]:
    """Return what becomes of a fact that is told once, and whether it is a row."""
    if not known:
        known.append(((), content))
        return "accepted", True
    return ("duplicate" if known[0][1] == content else "conflict"), False


def _decide_version(
    known: _Known, content: tuple[Any, ...], aside: tuple[Any, ...], *, silent: bool
) -> tuple[Status, bool]:
    """Return what becomes of a version, and whether it is a row; ``silent`` if it says nothing of its own."""
    # Told before at this very moment, and perhaps corrected since: a late repeat must not undo the correction.
    if (aside, content) in known:
        return "duplicate", False
    after = bisect_right([when for when, _ in known], aside)
    same = after > 0 and known[after - 1][1] == content
    if same and silent:
        return "duplicate", False
    known.insert(after, (aside, content))
    # What says the same as before is no news today. It is kept all the same: something else that is heard of late,
    # dated in between, then ends where this begins, as it would have had it come in time.
    return ("duplicate" if same else "accepted"), True


def _values(fact: Fact, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_kept(name, getattr(fact, name)) for name in names)


def _kept(name: str, value: Any) -> Any:  # noqa: ANN401 - of any column
    if isinstance(value, str):
        return (value.strip() or None) if name in _TRIMMED else value
    # SQLite keeps no sign of zero; adding zero takes it away everywhere, and makes a whole number a float.
    return value + 0.0 if name in _NUMBERS and value is not None else value
