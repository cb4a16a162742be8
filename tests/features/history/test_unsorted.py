"""Events in any order are laid out as the import does, bit for bit, and none is lost in silence."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.facts.clock import DAY
from features.history import History, lead_table, unsorted
from features.language import Behaviour, FeatureSet, LeadAge, Touch, expand, profile_dataset, read_declaration
from features.levels import learn_levels
from features.plan import compile_plan
from features.reference import PlainLead
from features.simulation import import_simulated, simulate_market
from features.simulation.tables import fact_tables
from tests.features.histories import OBSERVED, START, event, markets, write_dataset

COLUMNS = ["lead_id", "kind", "at", "known_at", "value", "channel", "campaign"]


def same(mine, base):
    assert mine.lead_ids.tolist() == base.lead_ids.tolist()
    assert (mine.kinds, mine.channels, mine.campaigns) == (base.kinds, base.channels, base.campaigns)
    assert mine.observed_from == {kind: base.observed_from[kind] for kind in mine.observed_from}
    for name, own, other in zip(mine.arrays._fields, mine.arrays, base.arrays, strict=True):
        assert own.dtype == other.dtype, name
        assert np.array_equal(own.view(np.uint8), other.view(np.uint8)) or _equal_with_nan(own, other), name


def _equal_with_nan(own, other):
    # There are many NaN; all of them are missing values.
    return own.dtype == np.float64 and np.array_equal(own, other, equal_nan=True)


def shuffled(dataset, seed, ids=None):
    events = dataset.arrow("events", COLUMNS)
    order = np.random.default_rng(seed).permutation(len(events))
    leads = dataset.arrow("leads")
    return leads.take(np.random.default_rng(seed).permutation(len(leads))), events.take(order)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=markets(), seed=st.integers(0, 99), small=st.booleans())
def test_any_order_gives_the_bits_of_the_import(tmp_path, people, seed, small):
    # The deals of made-up leads are left out: unsorted events come without.
    for person in people:
        person.deals.clear()
    dataset = write_dataset(people, tmp_path / "data")
    leads, events = shuffled(dataset, seed)
    observed = dict.fromkeys(dataset.manifest.observed_from, OBSERVED)
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(unsorted, "_BATCH", 3)
            patch.setattr(lead_table, "_BUCKET_EVENTS", 2)
        base = History.from_dataset(dataset)
        same(History.from_unsorted(leads, events, observed_from=observed), base)
        file = tmp_path / "raw.parquet"
        pq.write_table(events, file, row_group_size=5)
        same(History.from_unsorted(leads.to_pandas(), file, observed_from=observed), base)
        same(History.from_unsorted(leads, events.to_pandas(), observed_from=observed), base)


def behaviour_only(dataset, folder):
    """Everything that leads and their colleagues did, in every measure, by kind, by channel and by campaign."""
    measures = """count: [7d, 90d, all], sum: [30d, 90d], max: [90d], last_value: true, decayed: [14d],
        decayed_sum: [14d], trend: [30d], burst: [7d], since: [last, first]"""
    (folder / "set.yaml").write_text(
        f"""version: 1
name: behaviour
age: true
behaviour:
  - {{kinds: "*", {measures}}}
  - {{kinds: "*", together: all, active_days: [30d], distinct_campaigns: [90d],
     hours: {{office: "mon-fri 8-18"}}, share: [90d]}}
  - {{kinds: "*", per: channel, most: 9, count: [30d, all], since: [last]}}
  - {{kinds: "*", per: campaign, most: 9, count: [90d, all], sum: [all]}}
sequence: [{{kinds: "*", last_kinds: 3, first_channel: true, last_channel: true}}]
colleagues: [{{kinds: "*", together: all, count: [30d, all], sum: [90d], people: [30d]}}]
""",
        encoding="utf-8",
    )
    return expand(read_declaration(folder / "set.yaml"), profile_dataset(dataset))


def test_a_simulated_market_gives_the_features_of_its_import(tmp_path):
    """The market's own tables, shuffled: values, channels and campaigns included, no import between."""
    dataset = import_simulated(1_500, 4, tmp_path / "data")
    features = behaviour_only(dataset, tmp_path)
    assert {type(feature.source) for feature in features.features} == {Behaviour, LeadAge, Touch}
    tables = fact_tables(simulate_market(1_500, 4))
    generator = np.random.default_rng(2)
    leads, events = (tables[name].take(generator.permutation(len(tables[name]))) for name in ("leads", "events"))
    base = History.from_dataset(dataset, features)
    mine = History.from_unsorted(leads, events, observed_from=dataset.observed_from, only=features)
    # Opportunities are what unsorted events come without.
    same(mine, replace(base, observed_from=base.observed_from | mine.observed_from))
    created = base.arrays.created_at
    numbers = np.repeat(np.arange(len(created)), 3)
    as_of = created[numbers] + np.tile([7 * DAY, 40 * DAY, 200 * DAY], len(created))
    matrices = []
    for history in (mine, base):
        fitted = learn_levels(features, history, numbers, as_of)
        matrices.append(compile_plan(fitted, history.kinds, history.observed_from).run(history, numbers, as_of))
    assert np.array_equal(matrices[0].view(np.int64), matrices[1].view(np.int64))
    told = dict(zip(features.names, np.nanmax(matrices[0], axis=0), strict=True))
    assert min(told["call_sum_90d"], told["all_campaigns_90d"]) > 0


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """Ten thousand events on one lead, most of them at few instants; some leads have none."""
    generator = np.random.default_rng(3)
    size = 12_000
    lead = np.where(np.arange(size) < 10_000, 7, generator.integers(0, 40, size) * 2)
    people = [PlainLead(START, []) for _ in range(80)]
    for owner in lead:
        at = START + int(generator.integers(0, 50)) * 3_600_000_000
        delay = int(generator.integers(0, 3))
        number = generator.choice([np.nan, -2.5, -1.0, 0.0, 4.0])
        names = generator.choice(["", "a", "b"], 2)
        texts = [str(name) or None for name in names]
        people[owner].events.append(event(at, str(generator.choice(["x", "y", "z"])), at + delay, number, *texts))
    return write_dataset(people, tmp_path_factory.mktemp("crowded") / "data")


@pytest.mark.parametrize("wide", [False, True])
def test_ties_of_a_crowded_lead_are_broken_as_in_the_import(crowded, monkeypatch, wide):
    leads, events = shuffled(crowded, 5)
    if wide:
        # A time so far off that time and kind have no room in one number.
        far = pa.table(events.slice(0, 1).to_pydict(), schema=events.schema)
        far = far.set_column(2, "at", pa.array([2**63 - 1], pa.int64()).cast(events.schema.field("at").type))
        far = far.set_column(3, "known_at", far["at"])
        mine = History.from_unsorted(leads, pa.concat_tables([events, far.cast(events.schema)]))
        events_of = [mine.arrays.event_at < 2**63 - 1]
        base = History.from_dataset(crowded)
        for name in ("event_at", "event_known", "event_kind", "event_channel", "event_campaign", "event_value"):
            own = getattr(mine.arrays, name)[events_of[0]]
            assert np.array_equal(own, getattr(base.arrays, name), equal_nan=own.dtype == np.float64), name
        return
    observed = dict.fromkeys(crowded.manifest.observed_from, OBSERVED)
    same(History.from_unsorted(leads, events, observed_from=observed), History.from_dataset(crowded))


def test_long_ids_are_told_apart_by_their_bytes():
    ids = [f"{i:02}{'-' * 20}{i % 7}" for i in range(90)]
    ids += ["a", "a" * 7, "a" * 8, "a" * 14, "a" * 15, "é" * 9]
    owners = np.random.default_rng(1).integers(0, len(ids), 3000)
    at = np.arange(3000) + START
    events = pa.table(
        {"lead_id": [ids[i] for i in owners], "kind": ["x"] * 3000, "at": at, "known_at": at},
    )
    history = History.from_unsorted(pa.table({"lead_id": ids, "created_at": [START] * len(ids)}), events)
    for i, name in enumerate(ids):
        place = history.positions([name])[0]
        own = slice(*history.arrays.lead_start[place : place + 2])
        assert history.arrays.event_at[own].tolist() == at[owners == i].tolist()


def test_observed_from_is_the_first_event_unless_it_is_told():
    leads = {"lead_id": ["b", "a"], "created_at": [START, START]}
    events = {"lead_id": ["a", "b"], "kind": ["x", "x"], "at": [9, 5], "known_at": [9, 5]}
    history = History.from_unsorted(pa.table(leads), pa.table(events))
    assert history.observed_from["x"] == 5
    assert history.arrays.event_known is history.arrays.event_at
    told = History.from_unsorted(pa.table(leads), pa.table(events), observed_from={"x": 2, "y": 3})
    assert (told.observed_from["x"], told.observed_from["y"], told.kinds) == (2, 3, ("x", "y"))


def test_blanks_are_trimmed_as_the_import_does():
    leads = {"lead_id": ["a"], "created_at": [START]}
    events = {"lead_id": ["a"] * 3, "kind": ["x ", " x", "x"], "at": [1, 2, 3], "known_at": [1, 2, 3]}
    more = {"channel": ["", "  ", " web"], "campaign": [None, "b", "b "], "value": [None, 1.0, 2.0]}
    history = History.from_unsorted(pa.table(leads), pa.table(events | more))
    assert (history.kinds, history.channels, history.campaigns) == (("x",), ("web",), ("b",))
    assert history.arrays.event_channel.tolist() == [-1, -1, 0]
    assert history.arrays.event_campaign.tolist() == [-1, 0, 0]


def test_names_that_no_event_has_are_not_there():
    """Filtered frames keep the categories of the rows that they no longer have, and pass them on to files."""
    leads = pd.DataFrame({"lead_id": ["a"], "created_at": pd.to_datetime(["2025-01-01"])})
    at = pd.to_datetime(["2025-01-02", "2025-01-03", "2025-01-04"])
    events = pd.DataFrame({"lead_id": ["a"] * 3, "kind": list("xyx"), "at": at, "known_at": at, "value": 1.0})
    events = events.assign(channel=["web", "mail", None], campaign=["spring", "fair", "spring"])
    events = events.astype(dict.fromkeys(["kind", "channel", "campaign"], "category"))
    history = History.from_unsorted(leads, events[events["kind"] == "x"])
    assert (history.kinds, history.channels, history.campaigns) == (("x",), ("web",), ("spring",))
    assert history.arrays.event_channel.tolist() == [0, -1]
    assert history.arrays.event_campaign.tolist() == [0, 0]


GOOD = {
    "lead_id": ["a", "b", "a"],
    "kind": ["x", "y", "x"],
    "at": [3, 2, 1],
    "known_at": [3, 2, 1],
    "value": [None, 1.0, 2.0],
    "channel": [None, "web", None],
    "campaign": [None, None, None],
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"lead_id": ["a", "c", "d"]}, r"events: row 2: lead 'c' is not among the leads \(2 such rows\)"),
        ({"lead_id": ["a", "", "a"]}, r"row 2: lead '' is not among the leads"),
        ({"lead_id": ["a", "b", None]}, r"row 3: lead_id is missing \(1 such rows\)"),
        ({"kind": ["x", " ", None]}, r"row 2: kind is missing \(2 such rows\)"),
        ({"at": [None, 2, 1]}, r"row 1: at is missing"),
        ({"known_at": [3, 1, 0]}, r"row 2: known_at is before at \(2 such rows\)"),
        ({"at": [3, -2, 1]}, r"row 2: at lies before 1970"),
        ({"at": [1.5, 2.5, 0.5]}, r"events: at holds double; expected times"),
        ({"value": ["much", "1", "2"]}, r"value holds string; expected numbers"),
        ({"value": [np.inf, 1.0, 2.0]}, r"value is infinite"),
        ({"known_at": None}, r"events: lacks the column known_at"),
    ],
)
def test_rows_that_cannot_be_used_are_an_error(changed, expected, monkeypatch):
    monkeypatch.setattr(unsorted, "_BATCH", 2)
    table = {name: column for name, column in (GOOD | changed).items() if column is not None}
    leads = pa.table({"lead_id": ["a", "b"], "created_at": [0, 0]})
    with pytest.raises(DataError, match=expected):
        History.from_unsorted(leads, pa.table(table))


@pytest.mark.parametrize(
    ("leads", "expected"),
    [
        ({"lead_id": ["a", "b", "a"], "created_at": [0, 0, 0]}, r"lead 'a' is there more than once"),
        ({"lead_id": ["a", None], "created_at": [0, 0]}, r"leads: row 2: lead_id is missing"),
        ({"lead_id": ["a"]}, r"leads: lacks the column created_at"),
    ],
)
def test_leads_that_cannot_be_used_are_an_error(leads, expected):
    with pytest.raises(DataError, match=expected):
        History.from_unsorted(pa.table(leads), pa.table(GOOD))


def test_files_that_are_none_are_an_error(tmp_path):
    leads = pa.table({"lead_id": ["a"], "created_at": [0]})
    with pytest.raises(DataError, match=r"none\.parquet: no such file"):
        History.from_unsorted(leads, tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("lead_id,kind")
    with pytest.raises(DataError, match=r"text\.parquet: cannot be read"):
        History.from_unsorted(leads, tmp_path / "text.parquet")


def test_no_events_are_a_history_too():
    leads = pa.table({"lead_id": ["a"], "created_at": [0]})
    none = pa.table(GOOD).slice(0, 0)
    history = History.from_unsorted(leads, none)
    assert history.arrays.lead_start.tolist() == [0, 0]


def test_frames_may_hold_times_with_a_zone():
    leads = pd.DataFrame({"lead_id": ["a"], "created_at": pd.to_datetime(["2025-01-01"], utc=True)})
    at = pd.to_datetime(["2025-01-02T01:00+01:00"])
    events = pd.DataFrame({"lead_id": ["a"], "kind": ["x"], "at": at, "known_at": at})
    history = History.from_unsorted(leads, events, only=FeatureSet(name="none", features=()))
    assert history.arrays.created_at.tolist() == [START]
    assert history.arrays.event_at.tolist() == [START + 86_400_000_000]


def test_the_example_of_the_documentation_prints_what_it_says(tmp_path, capsys):
    text = (Path(__file__).parents[3] / "docs" / "facts.md").read_text(encoding="utf-8")
    code, printed = text.split("```python\n")[1].split("\n```\n\n```\n")
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    runpy.run_path(str(tmp_path / "example.py"))
    assert capsys.readouterr().out.strip() == printed.split("\n```")[0].strip()
