"""Made-up histories: few leads, few moments, so that ties and edges come up all the time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import strategies as st

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, HOUR, format_moment, parse_moment
from features.payload import Colleague, LeadFacts, Vocabulary
from features.reference import PlainLead

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset

START = parse_moment("2025-01-01")
UNTIL = START + 60 * DAY
#: From then on every kind that happens in a made-up history is observed.
OBSERVED = START + 5 * DAY
KINDS = ("email", "visit", "webinar")
ACCOUNTS = ("acme", "bolt")
#: The attribute of leads whose source keeps no history.
UNTRACKED = "employees"

# A coarse grid makes same-instant events, same-day events and events exactly at a window's edge common.
moments = st.integers(0, 59 * 4).map(lambda step: START + step * 6 * HOUR)
values = st.one_of(st.just(math.nan), st.sampled_from([0.1, 0.2, 0.3, 1e9, -7.25]))


def event(at, kind="visit", known_at=None, value=math.nan, channel=None, campaign=None):
    return at, kind, at if known_at is None else known_at, value, channel, campaign


@st.composite
def events(draw):
    at = draw(moments)
    delay = draw(st.sampled_from([0, 0, 0, 6 * HOUR, 3 * DAY]))
    channel = draw(st.sampled_from([None, "web", "mail"]))
    campaign = draw(st.sampled_from([None, "spring", "fair", "fair 2"]))
    return at, draw(st.sampled_from(KINDS)), min(at + delay, UNTIL), draw(values), channel, campaign


@st.composite
def versions(draw, texts, most=4):
    times = draw(st.lists(moments, max_size=most, unique=True))
    return sorted((t, draw(st.one_of(st.none(), st.sampled_from(texts)))) for t in times) if times else []


@st.composite
def deals(draw):
    created, closed = sorted([draw(moments), draw(moments)])
    if draw(st.booleans()):
        return created, None, None
    return created, closed, draw(st.booleans())


@st.composite
def leads(draw, most_events=12):
    account = draw(st.sampled_from([None, *ACCOUNTS]))
    return PlainLead(
        created_at=draw(moments),
        events=draw(st.lists(events(), max_size=most_events)),
        account=account,
        versions={
            ("lead", "title"): draw(versions(["VP Sales", "Intern", "CTO", "Chief of nothing"])),
            ("lead", "visits_before"): draw(versions(["1", "2.5", "-3"])),
            ("lead", UNTRACKED): draw(versions(["11-50", "200", "many"], most=1)),
        },
        untracked=frozenset({UNTRACKED}),
        deals=draw(st.lists(deals(), max_size=3)) if account else [],
    )


@st.composite
def markets(draw, most_leads=5, most_events=12):
    """Draw leads; those of one account share the account's own attributes."""
    people = draw(st.lists(leads(most_events), min_size=1, max_size=most_leads))
    sizes = {account: draw(versions(["10", "500"])) for account in ACCOUNTS}
    for lead in people:
        if lead.account is not None:
            lead.versions["account", "size"] = sizes[lead.account]
    return people


def write_dataset(people: list[PlainLead], folder: Path) -> Dataset:
    """Publish made-up leads the way an importer does; lead ids follow the list's order."""
    rows = {"leads": [], "attributes": [], "events": [], "opportunities": []}
    seen_accounts = set()
    for i, lead in enumerate(people):
        lead_id = f"L{i:03}"
        rows["leads"].append((lead_id, lead.account, format_moment(lead.created_at)))
        rows["events"] += [
            (
                f"{lead_id}-{n}",
                lead_id,
                kind,
                format_moment(at),
                format_moment(known),
                _blank(v),
                channel,
                campaign,
            )
            for n, (at, kind, known, v, channel, campaign) in enumerate(lead.events)
        ]
        rows["attributes"] += [
            (entity, lead_id if entity == "lead" else lead.account, name, text, format_moment(known_at))
            for (entity, name), own in lead.versions.items()
            if entity == "lead" or lead.account not in seen_accounts
            for known_at, text in own
        ]
        rows["opportunities"] += [
            (f"{lead_id}-{n}", lead_id, format_moment(created), closed and format_moment(closed), won)
            for n, (created, closed, won) in enumerate(lead.deals)
        ]
        seen_accounts.add(lead.account)
    columns = {
        "leads": ["lead_id", "account_id", "created_at"],
        "attributes": ["entity", "entity_id", "name", "value", "known_at"],
        "events": ["event_id", "lead_id", "kind", "at", "known_at", "value", "channel", "campaign"],
        "opportunities": ["opportunity_id", "lead_id", "created_at", "closed_at", "won"],
    }
    with Staging() as staging:
        for table, names in columns.items():
            frame = pd.DataFrame(rows[table], columns=names).astype(object)
            frame = frame.assign(_source="made up", _row=range(1, len(frame) + 1))
            if len(frame):
                staging.connection.register("frame", frame)
                staging.stage(table, "SELECT * FROM frame")
        observed_from = dict.fromkeys(
            sorted({e[1] for lead in people for e in lead.events}), format_moment(OBSERVED)
        )
        source = Source(
            "made up", "test", 1, format_moment(UNTIL), observed_from=observed_from, current_only=(UNTRACKED,)
        )
        return publish(staging, source, folder)


def _blank(value: float) -> float | None:
    return None if math.isnan(value) else value


def observed_in(people: list[PlainLead]) -> dict[str, int]:
    """Return from when on each kind is observed, as the dataset of these leads has it."""
    kinds = {e[1] for lead in people for e in lead.events}
    created = [deal[0] for lead in people for deal in lead.deals]
    accounts = ("account.opportunity", "account.opportunity_lost", "account.opportunity_won")
    return dict.fromkeys(kinds, OBSERVED) | dict.fromkeys(accounts, min(created, default=2**62))


def request_for(people: list[PlainLead], number: int, as_of: int) -> LeadFacts:
    """Return what a caller would send to have one of the leads scored: everything, the future included."""
    lead = people[number]
    account = [p for p in people if p.account == lead.account]
    colleagues = [
        Colleague(
            p.created_at, p.events, {name: own for (entity, name), own in p.versions.items() if entity == "lead"}
        )
        for p in account
        if p is not lead
    ]
    return LeadFacts(
        lead_id=f"L{number:03}",
        created_at=lead.created_at,
        as_of=as_of,
        events=lead.events,
        versions=lead.versions,
        colleagues=None if lead.account is None else colleagues,
        deals=None if lead.account is None else [deal for p in account for deal in p.deals],
        untracked=frozenset({("lead", UNTRACKED)}),
    )


def vocabulary_of(kinds: tuple[str, ...], observed_from: dict[str, int]) -> Vocabulary:
    """Return the vocabulary of a made-up dataset."""
    attributes = {
        ("lead", "title"): "category",
        ("lead", "visits_before"): "number",
        ("lead", UNTRACKED): "category",
        ("account", "size"): "number",
    }
    return Vocabulary(kinds, observed_from, attributes)
