"""Snapshots and labels by hand: a row is positive if its opportunity falls within [as_of, as_of + horizon)."""

from __future__ import annotations

import numpy as np
import pytest

from features.facts.clock import DAY, SECOND
from tests.training.market import START, UNTIL, day, small_market
from training.rows import Rows, build_rows
from training.spec import Snapshots

ONE_DAY = Snapshots(ages=["10d"], jitter=0)
MICRO = 1 / DAY


def rows_of(tmp_path, leads, deals, snapshots=ONE_DAY, horizon=30 * DAY):
    dataset, history = small_market(tmp_path / "data", leads, deals)
    rows = build_rows(dataset, history, snapshots, horizon)
    names = [str(history.lead_ids[i]) for i in rows.lead]
    days = ((rows.as_of - START) / DAY).tolist()
    return list(zip(names, days, rows.label.tolist(), strict=True))


@pytest.mark.parametrize(
    ("created", "deal", "expected"),
    [
        # Created on day 5, asked on day 15, horizon to day 45.
        (5, None, [0]),
        (5, 30, [1]),
        (5, 15 + MICRO, [1]),
        (5, 15, [1]),
        (5, 15 - MICRO, []),
        (5, 45 - MICRO, [1]),
        (5, 45, [0]),
        (5, 60, [0]),
        # The horizon ends with the observed period, on day 100, or just after it.
        (60, None, [0]),
        (60 + MICRO, None, [-1]),
        (60, 100 - MICRO, [1]),
        (60 + MICRO, 75, [-1]),
        # Asked at the very end, and after it.
        (90, None, [-1]),
        (90 + MICRO, None, []),
    ],
)
def test_labels_at_their_edges(tmp_path, created, deal, expected):
    deals = [] if deal is None else [("L1", None, deal)]
    found = rows_of(tmp_path, [("L1", None, created)], deals)
    assert [label for _, _, label in found] == expected
    assert [moment for _, moment, _ in found] == pytest.approx([created + 10] * len(expected))


def test_a_lead_is_open_until_its_first_opportunity_only(tmp_path):
    snapshots = Snapshots(ages=["1d", "10d", "20d", "50d"], jitter=0)
    deals = [("L1", None, 25), ("L1", None, 12)]
    found = rows_of(tmp_path, [("L1", None, 0)], deals, snapshots, 5 * DAY)
    # Day 10 sees the opportunity of day 12; day 20 comes after it, though another follows on day 25.
    assert found == [("L1", 1.0, 0), ("L1", 10.0, 1)]


def test_an_opportunity_of_the_account_alone_is_nobodys_label(tmp_path):
    leads = [("L1", "acme", 0), ("L2", "acme", 0)]
    found = rows_of(tmp_path, leads, [(None, "acme", 12), ("L2", "acme", 20)])
    assert found == [("L1", 10.0, 0), ("L2", 10.0, 1)]


def test_rows_come_in_time_order_and_accounts_are_clusters(tmp_path):
    leads = [("L1", None, 9), ("L2", "acme", 5), ("L3", "acme", 0), ("L4", None, 5), ("L5", "bolt", 1)]
    dataset, history = small_market(tmp_path / "data", leads, [])
    rows = build_rows(dataset, history, ONE_DAY, 30 * DAY)
    names = history.lead_ids[rows.lead].tolist()
    assert names == ["L3", "L5", "L4", "L2", "L1"]
    cluster = dict(zip(names, rows.cluster.tolist(), strict=True))
    assert cluster["L2"] == cluster["L3"]
    assert len(set(cluster.values())) == 4
    assert {cluster["L2"], cluster["L5"]} == {0, 1}, "accounts come before leads without one"


def test_the_calendar(tmp_path):
    snapshots = Snapshots(every="14d", starting=day(7))
    found = rows_of(tmp_path, [("L1", None, 0), ("L2", None, 35), ("L3", None, 50)], [("L1", None, 36)], snapshots)
    # Moments on days 7, 21, 35, ..., 91; a lead created at a moment is not yet there; day 70 + 30 ends in time.
    assert [row for row in found if row[0] == "L1"] == [("L1", 7.0, 1), ("L1", 21.0, 1), ("L1", 35.0, 1)]
    assert [row[1:] for row in found if row[0] == "L2"] == [(49.0, 0), (63.0, 0), (77.0, -1), (91.0, -1)]
    assert [row[1] for row in found if row[0] == "L3"] == [63.0, 77.0, 91.0]


def test_a_period_cuts_both_ends(tmp_path):
    snapshots = Snapshots(every="10d", starting=day(10), since=day(30), until=day(50))
    found = rows_of(tmp_path, [("L1", None, 0)], [], snapshots)
    assert [moment for _, moment, _ in found] == [30.0, 40.0, 50.0]


def test_ages_move_by_at_most_the_jitter_and_by_the_id_alone(tmp_path):
    snapshots = Snapshots(ages=["4d", "20d"], jitter=0.25)
    leads = [(f"L{i:03}", None, i % 7) for i in range(200)]
    before = rows_of(tmp_path / "a", leads, [], snapshots)
    after = rows_of(tmp_path / "b", [("A", None, 3), *leads[::-1], ("Z", "acme", 1)], [], snapshots)
    assert set(before) <= set(after), "other leads in the data change nothing"
    created = {lead: start for lead, _, start in leads}
    ages = np.array([moment - created[lead] for lead, moment, _ in before])
    young, old = ages[ages < 10], ages[ages >= 10]
    assert len(young) == len(old) == 200
    for given, age in ((4, young), (20, old)):
        assert (np.abs(age / given - 1) <= 0.25).all()
        assert np.quantile(age / given - 1, [0.1, 0.9]) == pytest.approx([-0.2, 0.2], abs=0.06)
    assert len({round(age, 6) for age in young}) > 190


def test_a_lead_is_never_asked_about_at_its_very_creation(tmp_path):
    [(_, moment, _)] = rows_of(tmp_path, [("L1", None, 0)], [], Snapshots(ages=["0.0000001s"], jitter=0))
    assert moment == pytest.approx(MICRO)


def test_rows_know_their_decided_and_positive_ones():
    rows = Rows(np.arange(4), np.arange(4) * SECOND, np.array([1, 0, -1, 1], np.int8), np.arange(4), np.arange(4))
    assert (len(rows), rows.positives, len(rows.decided)) == (4, 2, 3)
    assert rows.take(np.array([True, False, False, True])).lead.tolist() == [0, 3]
    assert UNTIL - START == 100 * DAY


def test_leads_weigh_alike_however_often_they_are_looked_at(tmp_path):
    """The lead that converts early has fewer rows; what it weighs must not tell."""
    leads = [("early", None, 0.0), ("never", None, 0.0), ("late", None, 60.0)]
    dataset, history = small_market(tmp_path / "data", leads, [("early", None, 12.0)])
    rows = build_rows(dataset, history, Snapshots(every="10d", starting="2025-01-01"), 10 * DAY)
    weights = rows.weights(np.ones(len(rows), bool))
    of = {name: weights[history.lead_ids[rows.lead] == name] for name in ("early", "never", "late")}
    assert len(of["early"]) < len(of["never"])
    assert set(of["early"].round(12)) == set(of["never"].round(12)), "same schedule, same weight, whatever came"
    assert of["late"].min() > of["never"].max()
    assert of["never"].sum() == pytest.approx(of["late"].sum())
    assert weights.mean() == pytest.approx(1.0)


def test_labels_of_another_horizon_are_those_of_its_own_rows(tmp_path):
    leads = [(f"l{i}", None, float(i)) for i in range(40)]
    dataset, history = small_market(tmp_path / "data", leads, [(f"l{i}", None, i + 15.0) for i in range(0, 40, 3)])
    snapshots = Snapshots(ages=["1d", "10d"])
    long, short = (build_rows(dataset, history, snapshots, days * DAY) for days in (30, 10))
    np.testing.assert_array_equal(long.label_at(10 * DAY, dataset.observed_until), short.label)
    early = long.label_at(30 * DAY, dataset.observed_until - 40 * DAY)
    assert (early[long.as_of > dataset.observed_until - 70 * DAY] == -1).all()
