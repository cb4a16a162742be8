"""The kernel, the single-lead path and the plain reference agree, bit for bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR
from features.history import History
from features.language.feature import (
    ALL_TIME,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    Feature,
    FeatureSet,
    LeadAge,
)
from features.plan import compile_plan
from features.reference import PlainLead, plain_feature
from tests.features.histories import KINDS, START, leads, moments, request_for, vocabulary_of, write_dataset

SPANS = [6 * HOUR, DAY, 7 * DAY, ALL_TIME]


def _feature(name, source, levels=()):
    return Feature(name=name, unit="x", group="x", label=name, source=source, levels=levels)


def every_feature() -> FeatureSet:
    """Every measure, scope and span that the language has, over one kind and over all together."""
    found = [_feature("lead_age", LeadAge())]
    for scope in ("lead", "colleagues"):
        for kinds in (("visit",), KINDS, ("never_seen",)):
            for measure in ("count", "sum", "active_days", "people", "decayed", "since_last", "since_first"):
                spans = [ALL_TIME] if measure.startswith("since") else SPANS[: 3 if measure == "decayed" else 4]
                found += [
                    _feature(
                        f"{scope}_{len(kinds)}_{kinds[0]}_{measure}_{i}",
                        Behaviour(scope=scope, kinds=kinds, measure=measure, span=span),
                    )
                    for i, span in enumerate(spans)
                ]
    title = AttributeValue(entity="lead", attribute="title", type="category")
    visits = AttributeValue(entity="lead", attribute="visits_before", type="number")
    absent = AttributeValue(entity="account", attribute="nothing", type="number")
    chief = AttributeMatch(entity="lead", attribute="title", texts=("vp", "cto"))
    found.append(_feature("chief", chief))
    found += [_feature("title", title, ("CTO", "VP")), _feature("visits", visits), _feature("absent", absent)]
    return FeatureSet(name="every", features=tuple(found))


def expected_matrix(people, rows, feature_set, observed_from):
    return np.array(
        [
            [plain_feature(f, people[i], people, as_of, observed_from) for f in feature_set.features]
            for i, as_of in rows
        ]
    )


def single_matrix(people, rows, feature_set, kinds, observed_from):
    vocabulary = vocabulary_of(kinds, observed_from)
    plan = compile_plan(feature_set, kinds, observed_from)
    out = []
    for i, as_of in rows:
        history = History.of_lead(request_for(people, i, as_of), vocabulary)
        out.append(plan.run(history, np.zeros(1, np.int64), np.array([as_of]))[0])
    return np.array(out)


def assert_same_bits(actual, expected, names):
    same = (actual.view(np.int64) == expected.view(np.int64)) | (np.isnan(actual) & np.isnan(expected))
    assert same.all(), [(names[j], actual[i, j], expected[i, j]) for i, j in np.argwhere(~same)[:5]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=st.lists(leads(), min_size=1, max_size=5), as_of=st.lists(moments, min_size=1, max_size=3))
@example(people=[PlainLead(START, [])], as_of=[START + DAY])
@example(people=[PlainLead(START, [(START + DAY, "visit", START + DAY, 1.0)])], as_of=[START + DAY])
def test_kernel_single_lead_and_reference_agree(people, as_of):
    feature_set = every_feature()
    rows = [(i, t) for i in range(len(people)) for t in as_of]
    with tempfile.TemporaryDirectory() as folder:
        dataset = write_dataset(people, Path(folder) / "data")
        history = History.from_dataset(dataset)
        expected = expected_matrix(people, rows, feature_set, dataset.observed_from)
        plan = compile_plan(feature_set, history.kinds, history.observed_from)
        positions = history.positions(f"L{i:03}" for i, _ in rows)
        batch = plan.run(history, positions, np.array([t for _, t in rows], np.int64))
        assert_same_bits(batch, expected, feature_set.names)
        single = single_matrix(people, rows, feature_set, history.kinds, dataset.observed_from)
        assert_same_bits(single, expected, feature_set.names)


@pytest.mark.parametrize("future", ["event", "late event", "attribute", "colleague"])
def test_a_planted_future_fact_changes_no_feature(tmp_path, future):
    as_of = START + 30 * DAY
    visit = (START + 20 * DAY, "visit", START + 20 * DAY, 2.0)

    def market(*, planted: bool) -> list[PlainLead]:
        lead = PlainLead(START + 6 * DAY, [visit], "acme", {("lead", "title"): [(START + 6 * DAY, "VP")]})
        mate = PlainLead(START + 6 * DAY, [visit], "acme")
        people = [lead, mate]
        if planted and future == "event":
            lead.events.append((as_of, "visit", as_of, 9.0))
            mate.events.append((as_of + DAY, "visit", as_of + DAY, 9.0))
        if planted and future == "late event":
            lead.events.append((START + 21 * DAY, "visit", as_of, 9.0))
        if planted and future == "attribute":
            lead.versions["lead", "title"].append((as_of, "CTO"))
        if planted and future == "colleague":
            people.append(PlainLead(as_of + DAY, [visit], "acme"))
        return people

    def features(*, planted: bool) -> np.ndarray:
        dataset = write_dataset(market(planted=planted), tmp_path / f"{planted}")
        history = History.from_dataset(dataset)
        plan = compile_plan(every_feature(), history.kinds, history.observed_from)
        return plan.run(history, history.positions(["L000"]), np.array([as_of]))

    assert_same_bits(features(planted=True), features(planted=False), every_feature().names)


def test_many_rows_in_threads_equal_the_same_rows_one_by_one(tmp_path):
    people = [PlainLead(START, [(START + i * HOUR, "visit", START + i * HOUR, 0.1)], "acme") for i in range(7)]
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    plan = compile_plan(every_feature(), history.kinds, history.observed_from)
    lead_numbers = np.arange(30_000, dtype=np.int64) % 7
    as_of = START + np.arange(30_000, dtype=np.int64) * 3 * 60_000_000
    threaded = plan.run(history, lead_numbers, as_of, threads=2)
    assert_same_bits(threaded, plan.run(history, lead_numbers, as_of, threads=1), every_feature().names)


def test_windows_by_hand(tmp_path):
    """Three visits 1, 2 and 10 days before: the 7-day window holds two of them, on two days."""
    as_of = START + 40 * DAY
    visits = [(as_of - n * DAY, "visit", as_of - n * DAY, float(n)) for n in (1, 2, 10)]
    history = History.from_dataset(write_dataset([PlainLead(START + 10 * DAY, visits)], tmp_path / "data"))
    sources = {
        "n": Behaviour(scope="lead", kinds=("visit",), measure="count", span=7 * DAY),
        "total": Behaviour(scope="lead", kinds=("visit",), measure="sum", span=7 * DAY),
        "days": Behaviour(scope="lead", kinds=("visit",), measure="active_days", span=7 * DAY),
        "last": Behaviour(scope="lead", kinds=("visit",), measure="since_last"),
        "first": Behaviour(scope="lead", kinds=("visit",), measure="since_first"),
        "warmth": Behaviour(scope="lead", kinds=("visit",), measure="decayed", span=DAY),
    }
    feature_set = FeatureSet(name="x", features=tuple(_feature(n, s) for n, s in sources.items()))
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    row = plan.run(history, np.zeros(1, np.int64), np.array([as_of]))[0]
    assert row.tolist() == [2.0, 3.0, 2.0, 1.0, 10.0, 0.75]
