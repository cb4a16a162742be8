"""Made-up histories: few leads, few moments, so that ties and edges come up all the time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import strategies as st

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, HOUR, format_moment, parse_moment
from features.payload import LeadFacts, Vocabulary
from features.reference import PlainLead

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset

START = parse_moment("2025-01-01")
UNTIL = START + 60 * DAY
KINDS = ("email", "visit", "webinar")

# A coarse grid makes same-instant events, same-day events and events exactly at a window's edge common.
moments = st.integers(0, 59 * 4).map(lambda step: START + step * 6 * HOUR)
values = st.one_of(st.just(math.nan), st.sampled_from([0.1, 0.2, 0.3, 1e9, -7.25]))


@st.composite
def events(draw):
    at = draw(moments)
    delay = draw(st.sampled_from([0, 0, 0, 6 * HOUR, 3 * DAY]))
    return at, draw(st.sampled_from(KINDS)), min(at + delay, UNTIL), draw(values)


@st.composite
def versions(draw, texts):
    times = draw(st.lists(moments, max_size=4, unique=True))
    return sorted((t, draw(st.one_of(st.none(), st.sampled_from(texts)))) for t in times) if times else []


@st.composite
def leads(draw):
    return PlainLead(
        created_at=draw(moments),
        events=draw(st.lists(events(), max_size=12)),
        account=draw(st.sampled_from([None, "acme", "bolt"])),
        versions={
            ("lead", "title"): draw(versions(["VP", "Intern", "CTO"])),
            ("lead", "visits_before"): draw(versions(["1", "2.5", "-3"])),
        },
    )


def write_dataset(people: list[PlainLead], folder: Path) -> Dataset:
    """Publish made-up leads the way an importer does; lead ids follow the list's order."""
    rows = {"leads": [], "attributes": [], "events": []}
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
                None if math.isnan(v) else v,
            )
            for n, (at, kind, known, v) in enumerate(lead.events)
        ]
        rows["attributes"] += [
            (entity, lead_id, name, text, format_moment(known_at))
            for (entity, name), own in lead.versions.items()
            for known_at, text in own
        ]
    columns = {
        "leads": ["lead_id", "account_id", "created_at"],
        "attributes": ["entity", "entity_id", "name", "value", "known_at"],
        "events": ["event_id", "lead_id", "kind", "at", "known_at", "value"],
    }
    with Staging() as staging:
        for table, names in columns.items():
            frame = pd.DataFrame(rows[table], columns=names).astype(object)
            frame = frame.assign(_source="made up", _row=range(1, len(frame) + 1))
            if len(frame):
                staging.connection.register("frame", frame)
                staging.stage(table, "SELECT * FROM frame")
        observed_from = dict.fromkeys(
            {e[1] for lead in people for e in lead.events}, format_moment(START + 5 * DAY)
        )
        source = Source("made up", "test", 1, format_moment(UNTIL), observed_from=observed_from)
        return publish(staging, source, folder)


def request_for(people: list[PlainLead], number: int, as_of: int) -> LeadFacts:
    """Return what a caller would send to have one of the leads scored."""
    lead = people[number]
    others = [p for p in people if p is not lead and p.account == lead.account]
    return LeadFacts(
        lead_id=f"L{number:03}",
        created_at=lead.created_at,
        as_of=as_of,
        events=lead.events,
        versions=lead.versions,
        colleagues=None if lead.account is None else [(p.created_at, p.events) for p in others],
    )


def vocabulary_of(kinds: tuple[str, ...], observed_from: dict[str, int]) -> Vocabulary:
    """Return the vocabulary of a made-up dataset."""
    return Vocabulary(kinds, observed_from, {("lead", "title"): "category", ("lead", "visits_before"): "number"})
