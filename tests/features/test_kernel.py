"""The kernel, the single-lead path and the plain reference agree, bit for bit."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR
from features.history import History
from features.language import AttributeChange, Behaviour, Feature, FeatureSet, Source
from features.plan import compile_plan
from features.reference import Moment, PlainLead, plain_row
from tests.features.every_feature import every_feature
from tests.features.histories import (
    START,
    event,
    markets,
    moments,
    observed_in,
    request_for,
    vocabulary_of,
    write_dataset,
)

EVERY = every_feature()


def expected_matrix(people, rows, feature_set):
    observed = observed_in(people)
    return np.array([plain_row(feature_set, Moment(people[i], people, as_of, observed)) for i, as_of in rows])


def single_matrix(people, rows, feature_set, history):
    vocabulary = vocabulary_of(history.kinds, history.observed_from)
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    out = []
    for i, as_of in rows:
        single = History.of_lead(request_for(people, i, as_of), vocabulary)
        out.append(plan.run(single, np.zeros(1, np.int64), np.array([as_of]))[0])
    return np.array(out)


def assert_same_bits(actual, expected, names):
    same = (actual.view(np.int64) == expected.view(np.int64)) | (np.isnan(actual) & np.isnan(expected))
    assert same.all(), [(names[j], actual[i, j], expected[i, j]) for i, j in np.argwhere(~same)[:5]]


def check_all_paths(people, rows):
    with tempfile.TemporaryDirectory() as folder:
        history = History.from_dataset(write_dataset(people, Path(folder) / "data"))
        expected = expected_matrix(people, rows, EVERY)
        plan = compile_plan(EVERY, history.kinds, history.observed_from)
        positions = history.positions(f"L{i:03}" for i, _ in rows)
        batch = plan.run(history, positions, np.array([t for _, t in rows], np.int64))
        assert_same_bits(batch, expected, EVERY.names)
        assert_same_bits(single_matrix(people, rows, EVERY, history), expected, EVERY.names)
    return expected


def test_the_set_under_test_has_every_source_of_the_language():
    """A source added to the language must be added to the set, or nothing holds it to the reference."""
    assert {type(feature.source) for feature in EVERY.features} == set(get_args(Source))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=markets(), as_of=st.lists(moments, min_size=1, max_size=3))
@example(people=[PlainLead(START, [])], as_of=[START + DAY])
@example(people=[PlainLead(START, [event(START + DAY, value=1.0)])], as_of=[START + DAY])
def test_kernel_single_lead_and_reference_agree(people, as_of):
    check_all_paths(people, [(i, t) for i in range(len(people)) for t in as_of])


def test_ten_thousand_events_of_one_lead():
    generator = np.random.default_rng(5)
    at = START + generator.integers(0, 59 * 24, 10_000) * HOUR
    kinds, channels = generator.integers(0, 3, 10_000), generator.integers(0, 3, 10_000)
    events = [
        event(int(t), ("email", "visit", "webinar")[k], None, float(k) / 7, (None, "web", "mail")[c])
        for t, k, c in zip(at, kinds, channels, strict=True)
    ]
    expected = check_all_paths([PlainLead(START, events)], [(0, START + 50 * DAY), (0, START + 10 * DAY)])
    assert np.nanmax(expected) > 1000


def test_many_rows_in_threads_equal_the_same_rows_one_by_one(tmp_path):
    people = [PlainLead(START, [event(START + i * HOUR, value=0.1)], "acme") for i in range(7)]
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    feature_set = FeatureSet(name="x", features=tuple(f for f in EVERY.features if f.source.of != "function"))
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    lead_numbers = np.arange(30_000, dtype=np.int64) % 7
    as_of = START + np.arange(30_000, dtype=np.int64) * 3 * 60_000_000
    threaded = plan.run(history, lead_numbers, as_of, threads=2)
    assert_same_bits(threaded, plan.run(history, lead_numbers, as_of, threads=1), feature_set.names)


def _row(people, tmp_path, as_of, **sources):
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    features = tuple(Feature(name=n, unit="x", group="x", label=n, source=s) for n, s in sources.items())
    plan = compile_plan(FeatureSet(name="x", features=features), history.kinds, history.observed_from)
    return plan.run(history, history.positions(["L000"]), np.array([as_of]))[0].tolist()


def test_windows_by_hand(tmp_path):
    """Three visits 1, 2 and 10 days before: the 7-day window holds two of them, on two days."""
    as_of = START + 40 * DAY
    visits = [event(as_of - n * DAY, value=float(n)) for n in (1, 2, 10)]
    row = _row(
        [PlainLead(START + 10 * DAY, visits)],
        tmp_path,
        as_of,
        n=Behaviour(scope="lead", kinds=("visit",), measure="count", span=7 * DAY),
        total=Behaviour(scope="lead", kinds=("visit",), measure="sum", span=7 * DAY),
        highest=Behaviour(scope="lead", kinds=("visit",), measure="max", span=7 * DAY),
        latest=Behaviour(scope="lead", kinds=("visit",), measure="last"),
        days=Behaviour(scope="lead", kinds=("visit",), measure="active_days", span=7 * DAY),
        last=Behaviour(scope="lead", kinds=("visit",), measure="since_last"),
        first=Behaviour(scope="lead", kinds=("visit",), measure="since_first"),
        warmth=Behaviour(scope="lead", kinds=("visit",), measure="decayed", span=DAY),
        warm_value=Behaviour(scope="lead", kinds=("visit",), measure="decayed_sum", span=DAY),
        trend=Behaviour(scope="lead", kinds=("visit",), measure="trend", span=7 * DAY),
        burst=Behaviour(scope="lead", kinds=("visit",), measure="burst", span=9 * DAY),
        longer_burst=Behaviour(scope="lead", kinds=("visit",), measure="burst", span=10 * DAY),
    )
    # Ten half-lives ago lies beyond a decayed sum's reach.
    assert row == [2.0, 3.0, 2.0, 1.0, 2.0, 1.0, 10.0, 0.75, 0.5 + 2 * 0.25, 1.0, 2.0, 3.0]


def test_channels_campaigns_and_hours_by_hand(tmp_path):
    """Monday 9:00 and Saturday 9:00, by web and by mail, in one campaign."""
    as_of = START + 40 * DAY
    monday, saturday = START + 19 * DAY + 9 * HOUR, START + 24 * DAY + 9 * HOUR
    events = [event(monday, channel="web", campaign="fair"), event(saturday, channel="mail", campaign="fair")]
    row = _row(
        [PlainLead(START + 10 * DAY, events)],
        tmp_path,
        as_of,
        web=Behaviour(scope="lead", kinds=("visit",), measure="count", channels=("web",)),
        fair=Behaviour(scope="lead", kinds=("visit",), measure="count", campaigns=("fair",)),
        campaigns=Behaviour(scope="lead", kinds=("visit",), measure="campaigns"),
        office=Behaviour(scope="lead", kinds=("visit",), measure="share", hours="mon-fri 8-18"),
        nine=Behaviour(scope="lead", kinds=("visit",), measure="share", hours="mon 9-10"),
        eight=Behaviour(scope="lead", kinds=("visit",), measure="share", hours="mon 8-9"),
        ten=Behaviour(scope="lead", kinds=("visit",), measure="share", hours="mon 10-11"),
    )
    assert row == [1.0, 2.0, 1.0, 0.5, 0.5, 0.0, 0.0]


def test_a_campaign_of_two_colleagues_counts_once_where_its_latest_event_lies(tmp_path):
    """The first colleague's event is 50 days old, the second's 5: one campaign in either window."""
    as_of = START + 55 * DAY
    people = [PlainLead(START + 6 * DAY, [], "acme")]
    people += [PlainLead(START, [event(as_of - n * DAY, campaign="fair")], "acme") for n in (49, 5)]
    spans = {f"d{n}": n * DAY for n in (3, 7, 50)}
    campaigns = {
        name: Behaviour(scope="colleagues", kinds=("visit",), measure="campaigns", span=span)
        for name, span in spans.items()
    }
    assert _row(people, tmp_path, as_of, **campaigns) == [0.0, 1.0, 1.0]


def test_changes_count_when_the_value_did(tmp_path):
    """VP, again VP, nothing, CTO: two changes, the last ten days ago; of what came later nothing."""
    as_of = START + 40 * DAY
    texts = [(10, "VP"), (20, "VP"), (25, None), (30, "CTO"), (40, "CEO")]
    lead = PlainLead(START, [], None, {("lead", "title"): [(START + day * DAY, text) for day, text in texts]})
    change = {"entity": "lead", "attribute": "title"}
    row = _row(
        [lead],
        tmp_path,
        as_of,
        changes=AttributeChange(measure="changes", **change),
        since=AttributeChange(measure="days_since_change", **change),
    )
    assert row == [2.0, 10.0]


def test_the_accounts_deals_count_from_when_they_were_known(tmp_path):
    """A deal created 20 days ago and won 5 days ago, another still to come."""
    as_of = START + 40 * DAY
    deals = [(as_of - 20 * DAY, as_of - 5 * DAY, True), (as_of, None, None)]
    people = [PlainLead(START + 30 * DAY, [], "acme"), PlainLead(START + 30 * DAY, [], "acme", deals=deals)]
    row = _row(
        people,
        tmp_path,
        as_of,
        deals=Behaviour(scope="account", kinds=("opportunity",), measure="count"),
        won=Behaviour(scope="account", kinds=("opportunity_won",), measure="count", span=7 * DAY),
        lost=Behaviour(scope="account", kinds=("opportunity_lost",), measure="count"),
        since=Behaviour(scope="account", kinds=("opportunity_won",), measure="since_last"),
    )
    assert row == [1.0, 1.0, 0.0, 5.0]


def test_a_history_read_for_other_features_is_refused(tmp_path):
    """Rather than reading past the end of a column that was never loaded."""
    dataset = write_dataset([PlainLead(START, [event(START, value=1.0, campaign="fair")])], tmp_path / "data")
    count = Behaviour(scope="lead", kinds=("visit",), measure="count")
    total = Behaviour(scope="lead", kinds=("visit",), measure="sum")
    fair = Behaviour(scope="lead", kinds=("visit",), measure="count", campaigns=("fair",))
    only = FeatureSet(name="x", features=(Feature(name="n", unit="x", group="x", label="n", source=count),))
    history = History.from_dataset(dataset, only)
    for source, what in ((total, "values"), (fair, "campaigns")):
        other = FeatureSet(name="x", features=(Feature(name="n", unit="x", group="x", label="n", source=source),))
        plan = compile_plan(other, history.kinds, history.observed_from)
        with pytest.raises(ValueError, match=f"read without {what}"):
            plan.run(history, np.zeros(1, np.int64), np.array([START + DAY]))
