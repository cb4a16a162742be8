"""Leads, deals and events written by hand, and the arena that they make."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, format_moment, parse_moment
from features.history import History
from features.language import profile_dataset
from training.duel.arena import open_arena

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset
    from training.duel import Arena

#: A Monday. Days are counted from it, so that Monday ``n`` is day ``7 n``.
START = parse_moment("2025-01-06")
HORIZON = 14 * DAY


@dataclass(frozen=True)
class Lead:
    name: str
    account: str | None = None
    created: float = -1.0


@dataclass(frozen=True)
class Deal:
    lead: str
    day: float
    amount: float | None = None
    won: bool | None = None


@dataclass(frozen=True)
class Event:
    lead: str
    day: float
    kind: str = "demo"
    known: float | None = None
    campaign: str | None = None


def moment(day: float) -> str:
    return format_moment(START + round(day * DAY))


def write_market(
    folder: Path, leads: list[Lead], deals: list[Deal], until: float, events: list[Event] = ()
) -> Dataset:
    """Publish a dataset observed until so many days."""
    columns = {
        "leads": {
            "lead_id": [lead.name for lead in leads],
            "account_id": [lead.account for lead in leads],
            "created_at": [moment(lead.created) for lead in leads],
        },
        "events": {
            "event_id": [f"e{i}" for i in range(len(events))],
            "lead_id": [event.lead for event in events],
            "kind": [event.kind for event in events],
            "at": [moment(event.day) for event in events],
            "known_at": [moment(event.day if event.known is None else event.known) for event in events],
            "channel": [None] * len(events),
            "campaign": [event.campaign for event in events],
            "value": [None] * len(events),
        },
        "opportunities": {
            "opportunity_id": [f"o{i}" for i in range(len(deals))],
            "lead_id": [deal.lead for deal in deals],
            "account_id": [None] * len(deals),
            "created_at": [moment(deal.day) for deal in deals],
            "amount": [None if deal.amount is None else str(deal.amount) for deal in deals],
            "closed_at": [None if deal.won is None else moment(deal.day) for deal in deals],
            "won": [None if deal.won is None else str(deal.won).lower() for deal in deals],
        },
    }
    with Staging() as staging:
        for name, given in columns.items():
            table = pa.table({key: pa.array(values, pa.string()) for key, values in given.items()})
            staging.connection.register("given", table)
            staging.stage(name, "SELECT *, 'x' AS _source, row_number() OVER () AS _row FROM given")
        dataset = publish(staging, Source("by hand", "test", 1, moment(until)), folder)
        assert staging.rejects == []
    return dataset


def ground_of(dataset: Dataset, since: float = 0.0, learnt: tuple[str, ...] = ()) -> SimpleNamespace:
    """Return what a duel reads of a ground, without any model: learnt from are the named accounts."""
    history = History.from_dataset(dataset)
    ids = list(history.account_ids)
    return SimpleNamespace(
        dataset=dataset,
        history=history,
        profile=profile_dataset(dataset),
        spec=SimpleNamespace(horizon_us=HORIZON, seed=0),
        avoided=frozenset(),
        since=START + round(since * DAY),
        learnt=np.array([ids.index(name) for name in learnt], np.int64),
    )


def arena_of(folder: Path, leads: list[Lead], deals: list[Deal], until: float = 70.0) -> Arena:
    return open_arena(ground_of(write_market(folder, leads, deals, until)), 0)


def scores(arena: Arena, by_lead: dict[str, float]) -> np.ndarray:
    """Return each row's score: the lead's, on every Monday."""
    names = arena.history.lead_ids[arena.lead]
    return np.array([by_lead[name] for name in names], float)


def called(arena: Arena, calls: object) -> list[list[str]]:
    """Return the leads called on each Monday, best first."""
    found: list[list[str]] = [[] for _ in arena.mondays]
    rows = np.flatnonzero(calls.called)
    for row in rows[np.argsort(calls.place[rows], kind="stable")]:
        found[arena.week[row]].append(str(arena.history.lead_ids[arena.lead[row]]))
    return found
