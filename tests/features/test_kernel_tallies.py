"""Counts and days since, of sets without an all-time window: there the kernel stops reading a history early."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR
from features.history import History
from features.language import ALL_TIME, Behaviour, Feature, FeatureSet
from features.language.behaviour import ACCOUNT_KINDS
from features.plan import compile_plan
from features.reference import PlainLead
from tests.features.histories import KINDS, START, UNTIL, event, markets, moments, write_dataset
from tests.features.test_kernel import assert_same_bits, expected_matrix, single_matrix

AS_OF = START + 50 * DAY


def _feature_set(*sources: Behaviour) -> FeatureSet:
    names = (f"{source.scope}_{source.measure}_{i}" for i, source in enumerate(sources))
    return FeatureSet(
        name="tallies",
        features=tuple(
            Feature(name=name, unit="x", group="x", label=name, source=source)
            for name, source in zip(names, sources, strict=True)
        ),
    )


def _short(scope: str, **more) -> list[Behaviour]:
    """Counts in windows of a few days, and the days since the last event however long ago."""
    kinds = ACCOUNT_KINDS if scope == "account" else KINDS
    found = []
    for choice in ((kinds[0],), (kinds[1],), kinds[:2], kinds, ("never_seen", kinds[2]), ("never_seen",)):
        if scope == "account" and "never_seen" in choice:
            continue
        given = {"scope": scope, "kinds": choice} | more
        found += [Behaviour(measure="count", span=span, **given) for span in (7 * DAY, 6 * HOUR)]
        found += [Behaviour(measure="since_last", **given), Behaviour(measure="trend", span=2 * DAY, **given)]
    return found


SHORT = _feature_set(*(source for scope in ("lead", "colleagues", "account") for source in _short(scope)))
#: Days since the last email are asked for, of visits only their count.
EMAILS_LAST = _feature_set(
    Behaviour(scope="lead", kinds=("visit",), measure="count", span=7 * DAY),
    Behaviour(scope="lead", kinds=("email",), measure="since_last"),
)


def matrix(people, rows, feature_set, folder):
    history = History.from_dataset(write_dataset(people, folder / "data"))
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    leads = history.positions(f"L{i:03}" for i, _ in rows)
    return history, plan.run(history, leads, np.array([as_of for _, as_of in rows], np.int64))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=markets(most_events=25), as_of=st.lists(moments, min_size=1, max_size=4))
@example(people=[PlainLead(START, [])], as_of=[START + DAY])
def test_short_windows_and_the_reference_agree(tmp_path_factory, people, as_of):
    rows = [(i, moment) for moment in as_of for i in range(len(people))]
    history, batch = matrix(people, rows, SHORT, tmp_path_factory.mktemp("short"))
    expected = expected_matrix(people, rows, SHORT)
    assert_same_bits(batch, expected, SHORT.names)
    assert_same_bits(single_matrix(people, rows, SHORT, history), expected, SHORT.names)


def test_a_kind_is_looked_for_however_far_beyond_the_windows(tmp_path):
    """Behind two hundred visits an email known too late and a webinar nobody asks for, then the email sought."""
    visits = [event(AS_OF - n * 3 * HOUR) for n in range(1, 201)]
    between = [event(AS_OF - 30 * DAY, "email", AS_OF), event(AS_OF - 35 * DAY, "webinar")]
    people = [PlainLead(START, [*visits, *between, event(AS_OF - 40 * DAY, "email"), event(START, "email")])]
    _, row = matrix(people, [(0, AS_OF)], EMAILS_LAST, tmp_path)
    assert row.tolist() == [[56.0, 40.0]]


def test_of_colleagues_the_latest_counts_whoever_is_read_first(tmp_path):
    """Beyond all windows: the first colleague's email 30 days ago, the second's 20, the third's 25."""
    people = [PlainLead(START, [event(AS_OF - n * DAY, "email")] if n else [], "acme") for n in (0, 30, 20, 25)]
    feature_set = _feature_set(
        Behaviour(scope="colleagues", kinds=("email",), measure="since_last"),
        Behaviour(scope="colleagues", kinds=("email",), measure="count", span=7 * DAY),
    )
    assert matrix(people, [(0, AS_OF)], feature_set, tmp_path)[1].tolist() == [[20.0, 0.0]]


def test_a_colleague_counts_once_created_before_the_moment(tmp_path):
    """Of three with an event each, one became a lead at the moment itself and one a microsecond before it."""
    created = (START, AS_OF, AS_OF - 1)
    people = [PlainLead(START, [event(AS_OF - DAY)], "acme")]
    people += [PlainLead(moment, [event(AS_OF - n * DAY)], "acme") for n, moment in enumerate(created, start=2)]
    feature_set = _feature_set(
        Behaviour(scope="colleagues", kinds=("visit",), measure="count", span=3 * DAY),
        Behaviour(scope="colleagues", kinds=("visit",), measure="count", span=4 * DAY),
    )
    assert matrix(people, [(0, AS_OF)], feature_set, tmp_path)[1].tolist() == [[1.0, 2.0]]


def test_of_colleagues_nothing_need_be_sought(tmp_path):
    people = [PlainLead(START, [event(AS_OF - n * DAY) for n in (3, 30)], "acme") for _ in range(2)]
    feature_set = _feature_set(Behaviour(scope="colleagues", kinds=("visit",), measure="count", span=7 * DAY))
    assert matrix(people, [(0, AS_OF)], feature_set, tmp_path)[1].tolist() == [[1.0]]


def test_several_kinds_as_one_take_the_latest_and_the_earliest_of_all(tmp_path):
    """Whichever kind is numbered last: email 3 and 9 days ago, visit 2 and 5, webinar never; in either order."""
    days = {"email": (3, 9), "visit": (2, 5)}
    events = [event(AS_OF - n * DAY, kind) for kind, ago in days.items() for n in ago]
    sources = [
        Behaviour(scope="lead", kinds=kinds, measure=measure)
        for kinds in (KINDS, ("visit", "email"), ("webinar", "email"))
        for measure in ("since_last", "since_first", "count")
    ]
    feature_set = _feature_set(*sources)
    people = [PlainLead(START + 10 * DAY, [*events, event(START, "webinar", UNTIL)])]
    _, row = matrix(people, [(0, AS_OF)], feature_set, tmp_path)
    assert row.tolist() == [[2.0, 9.0, 4.0, 2.0, 9.0, 4.0, 3.0, 9.0, 2.0]]


def test_a_kind_named_twice_counts_once(tmp_path):
    people = [PlainLead(START, [event(AS_OF - DAY), event(AS_OF - 2 * DAY, "email")])]
    sources = [
        Behaviour(scope="lead", kinds=("visit", "email", "visit"), measure=measure, span=7 * DAY)
        for measure in ("count", "trend")
    ]
    assert matrix(people, [(0, AS_OF)], _feature_set(*sources), tmp_path)[1].tolist() == [[2.0, 2.0]]


def test_events_of_one_instant_do_not_pass_for_two_kinds_that_are_sought(tmp_path):
    """Beyond all windows two emails of one instant, and behind them the visit that is sought as well."""
    events = [event(AS_OF - 20 * DAY, "email")] * 2 + [event(AS_OF - 30 * DAY)]
    sources = [Behaviour(scope="lead", kinds=(kind,), measure="since_last") for kind in ("email", "visit")]
    sources.append(Behaviour(scope="lead", kinds=("visit",), measure="count", span=DAY))
    row = matrix([PlainLead(START, events)], [(0, AS_OF)], _feature_set(*sources), tmp_path)[1]
    assert row.tolist() == [[20.0, 30.0, 0.0]]


def test_nobody_is_a_colleague_of_oneself_and_without_an_account_there_are_none(tmp_path):
    """Two of an account, then one without; no row keeps anything of the row before."""
    accounts = ((1, "acme"), (2, "acme"), (3, None))
    people = [PlainLead(START + 10 * DAY, [event(AS_OF - n * DAY)] * n, account) for n, account in accounts]
    sources = [
        Behaviour(scope=scope, kinds=("visit",), measure=measure, span=span)
        for scope in ("lead", "colleagues")
        for measure, span in (("count", 20 * DAY), ("since_last", ALL_TIME), ("since_first", ALL_TIME))
    ]
    rows = [(i, AS_OF) for i in (0, 1, 2, 1, 0)]
    found = matrix(people, rows, _feature_set(*sources), tmp_path)[1]
    one, two, alone = [1.0] * 3 + [2.0] * 3, [2.0] * 3 + [1.0] * 3, [3.0] * 3 + [np.nan] * 3
    assert_same_bits(found, np.array([one, two, alone, two, one]), [source.measure for source in sources])


@pytest.mark.parametrize("measure", ["count", "active_days"])
def test_colleagues_are_unknown_from_before_the_accounts_first_lead_only(tmp_path, measure):
    """Observed from day 5 on: an account begun on day 6 is known whole, one begun on day 0 is not."""
    people = [
        PlainLead(START + day * DAY, [event(START + 12 * DAY)], account)
        for day, account in ((6, "bolt"), (10, "bolt"), (0, "acme"), (10, "acme"))
    ]
    features = _feature_set(Behaviour(scope="colleagues", kinds=("visit",), measure=measure, span=30 * DAY))
    found = matrix(people, [(1, START + 20 * DAY), (3, START + 20 * DAY)], features, tmp_path)[1]
    assert_same_bits(found, np.array([[1.0], [np.nan]]), features.names)


@pytest.mark.parametrize(
    ("at", "known", "expected"),
    [
        (AS_OF - 7 * DAY, AS_OF - 1, [1.0, 7.0]),
        (AS_OF - 7 * DAY - 1, AS_OF - 1, [0.0, (7 * DAY + 1) / DAY]),
        (AS_OF - 1, AS_OF - 1, [1.0, 1 / DAY]),
        (AS_OF - 1, AS_OF, [0.0, np.nan]),
        (AS_OF - 9 * DAY, AS_OF, [0.0, np.nan]),
        (AS_OF, AS_OF, [0.0, np.nan]),
    ],
)
def test_edges_to_the_microsecond(tmp_path, at, known, expected):
    """A window holds the event at its very beginning; what was known at the moment itself was known too late."""
    feature_set = _feature_set(
        Behaviour(scope="lead", kinds=("visit",), measure="count", span=7 * DAY),
        Behaviour(scope="lead", kinds=("visit",), measure="since_last"),
    )
    people = [PlainLead(START, [event(at, known_at=known), event(START, "email")])]
    _, row = matrix(people, [(0, AS_OF)], feature_set, tmp_path)
    assert_same_bits(row, np.array([expected]), feature_set.names)


def test_an_event_at_the_moment_itself_does_not_count_whenever_it_was_known(tmp_path):
    """No import lets an event be known before it happened; the kernel does not rely on that."""
    history = History.from_dataset(
        write_dataset([PlainLead(START, [event(AS_OF), event(START)])], tmp_path / "data")
    )
    known = np.full(2, START)
    known.flags.writeable = False
    history = replace(history, arrays=history.arrays._replace(event_known=known))
    feature_set = _feature_set(
        *(Behaviour(scope="lead", kinds=("visit",), measure=m) for m in ("count", "since_last"))
    )
    plan = compile_plan(feature_set, history.kinds, dict.fromkeys(history.kinds, START))
    rows = plan.run(history, np.zeros(2, np.int64), np.array([AS_OF, AS_OF + 1]))
    assert rows.tolist() == [[1.0, 50.0], [2.0, 1 / DAY]]


def test_unknown_only_where_it_looks_back_to_before_the_kind_was_observed(tmp_path):
    """Observed from day 5 on; at day 10 a window of 5 days reaches back to that moment, one of 6 beyond it."""
    sources = [Behaviour(scope="lead", kinds=("visit",), measure="count", span=n * DAY) for n in (5, 6)]
    sources += [Behaviour(scope="lead", kinds=("visit",), measure=m) for m in ("since_last", "since_first")]
    sources += [Behaviour(scope="lead", kinds=("visit",), measure="trend", span=n * DAY) for n in (2, 3)]
    feature_set = _feature_set(*sources)
    people = [
        PlainLead(created, [event(START + 8 * DAY)]) for created in (START, START + 5 * DAY - 1, START + 5 * DAY)
    ]
    _, rows = matrix(people, [(i, START + 10 * DAY) for i in range(3)], feature_set, tmp_path)
    unknown, known = [1.0, np.nan, 2.0, np.nan, 1.0, np.nan], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]
    expected = np.array([unknown, unknown, known])
    assert_same_bits(rows, expected, feature_set.names)


def test_the_order_of_rows_changes_nothing(tmp_path):
    """Rows of few leads in no order, as many as threads share out."""
    generator = np.random.default_rng(7)
    people = [
        PlainLead(
            START, [event(START + int(t) * HOUR, KINDS[t % 3]) for t in generator.integers(0, 1400, 40)], account
        )
        for account in ("acme", "acme", None)
    ]
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    plan = compile_plan(SHORT, history.kinds, history.observed_from)
    leads = generator.integers(0, 3, 30_000)
    as_of = START + generator.integers(0, 60 * 24, 30_000) * HOUR
    once = plan.run(history, leads, as_of, threads=2)
    order = np.lexsort((as_of, leads))
    assert_same_bits(once[order], plan.run(history, leads[order], as_of[order], threads=1), SHORT.names)
