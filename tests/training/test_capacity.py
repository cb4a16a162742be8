"""Calls made week by week, against a plain replay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.capacity import CallQueue, default_capacity, found_at_capacity, lead_hash, week_of

DAY = 86_400_000_000


def replay(weeks, lead_ids, scores, as_of, per_week, seed):
    """The definition, spelt out: the rows called on, as a set."""
    called, rows = set(), set()
    for week in sorted(set(weeks)):
        latest = {}
        for row in np.flatnonzero(weeks == week):
            lead = lead_ids[row]
            if lead not in latest or as_of[row] >= as_of[latest[lead]]:
                latest[lead] = row
        open_rows = [row for lead, row in latest.items() if lead not in called]
        open_rows.sort(key=lambda row: (-scores[row], lead_hash([lead_ids[row]], seed)[0]))
        rows.update(open_rows[:per_week])
        called.update(lead_ids[row] for row in open_rows[:per_week])
    return rows


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.integers(1, 6), st.integers(0, 3))
def test_picks_agree_with_a_plain_replay(state, n, per_week, seed):
    rng = np.random.default_rng(state)
    as_of = rng.integers(0, 35, n) * DAY
    weeks = week_of(as_of)
    lead_ids = np.array([f"lead-{i}" for i in rng.integers(0, 15, n)], dtype=object)
    scores = rng.integers(0, 4, n).astype(float)
    labels = rng.random(n) < 0.3
    picks = found_at_capacity(weeks, lead_ids, scores, labels, per_week, as_of=as_of, seed=seed)
    expected = replay(weeks, lead_ids, scores, as_of, per_week, seed)
    assert set(np.flatnonzero(picks.mask)) == expected
    assert picks.hits == sum(labels[row] for row in expected)
    assert picks.hits <= picks.opportunities


def test_a_lead_is_called_once_and_a_call_too_early_is_no_hit():
    weeks, leads = [1, 1, 2, 2], ["a", "b", "a", "b"]
    picks = found_at_capacity(weeks, leads, [9, 1, 9, 1], [0, 0, 1, 0], per_week=1)
    assert picks.mask.tolist() == [True, False, False, True]
    assert (picks.hits, picks.opportunities) == (0, 1)


def test_the_latest_row_of_a_week_counts():
    picks = found_at_capacity([0, 0, 0], ["a", "a", "b"], [1, 5, 3], [1, 0, 0], 1, as_of=[20, 10, 15])
    assert picks.mask.tolist() == [False, False, True], "a's latest score is 1"
    assert picks.opportunities == 1
    without_times = found_at_capacity([0, 0, 0], ["a", "a", "b"], [1, 5, 3], [1, 0, 0], 1)
    assert without_times.mask.tolist() == [False, True, False], "the last in the file"


def test_equal_scores_are_called_in_an_order_that_only_the_seed_changes():
    leads = np.array([f"lead-{i}" for i in range(200)], dtype=object)
    weeks, scores, labels = np.zeros(200, dtype=int), np.ones(200), np.zeros(200)

    def called(order, seed):
        mask = found_at_capacity(weeks, leads[order], scores, labels, 20, seed=seed).mask
        return set(leads[order][mask])

    as_filed, turned = np.arange(200), np.arange(200)[::-1]
    assert called(as_filed, 0) == called(turned, 0)
    assert called(as_filed, 0) != called(as_filed, 1)


def test_number_ids_feel_the_seed_too():
    assert (lead_hash(np.arange(10), 0) != lead_hash(np.arange(10), 1)).all()


def test_curve_gives_the_hits_of_each_capacity():
    weeks, leads = np.zeros(5, dtype=int), list("abcde")
    queue = CallQueue.of(weeks, leads, [5, 4, 3, 2, 1], [1, 0, 1, 0, 1])
    assert queue.curve([1, 2, 3, 9]).tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("1969-12-28T23:59:59", -1),
        ("1969-12-29", 0),
        ("1970-01-05", 1),
        ("2024-01-07", 2818),
        ("2024-01-08", 2819),
    ],
)
def test_weeks_begin_on_monday(moment, week):
    assert week_of(np.array([moment], dtype="datetime64[us]"))[0] == week
    assert week_of(np.array([moment], dtype="datetime64[us]").astype(np.int64))[0] == week


def test_default_capacity_is_a_tenth_of_a_middling_week():
    weeks = np.repeat([0, 1, 2], [3, 40, 50])
    assert default_capacity(weeks, np.arange(93)) == 4
    assert default_capacity([0, 0], ["a", "a"]) == 1
    assert default_capacity(np.zeros(100, dtype=int), np.arange(100) // 5) == 2, "leads are counted, not rows"
    assert default_capacity([], []) == 1


def test_refusals():
    with pytest.raises(ValueError, match="per_week is 0"):
        found_at_capacity([0], ["a"], [1.0], [0], 0)
    with pytest.raises(ValueError, match="scores holds NaN"):
        found_at_capacity([0], ["a"], [np.nan], [0], 1)
