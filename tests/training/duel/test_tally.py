"""What calls came to, by hand, and intervals whose arithmetic is known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.training.duel.hand import Deal, Lead, arena_of, scores
from training.bootstrap import account_counts
from training.duel.calls import call_order, make_calls
from training.duel.measures import measure_part
from training.duel.tally import COLUMNS, Tally, lead_values


def sides(arena, a, b, capacity=1, **more):
    return [make_calls(arena, call_order(arena, scores(arena, own)), capacity, **more) for own in (a, b)]


def measured(arena, a, b, replicates=400, money=("pipeline", "revenue")):
    tally = Tally.of(arena)
    leads, values = lead_values(arena, a, b)
    tally.add(leads, values, np.zeros(len(leads), np.int64), 1)
    sums = tally.resampled(replicates, 0)
    return sums, measure_part(sums.value[0], sums.draws[:, 0], leads=0, accounts=0, money=money)


def summed(arena, a, b):
    _, values = lead_values(arena, a, b)
    return dict(zip(COLUMNS, values.sum(axis=0).tolist(), strict=True))


def test_both_call_the_same_lead_in_different_weeks(tmp_path):
    """Monday 0: a calls x, b calls y. Monday 1: a calls y, b calls x. x converts on day 10, y never."""
    arena = arena_of(tmp_path, [Lead("x"), Lead("y")], [Deal("x", 10, 500, won=True)], until=60)
    found = summed(arena, *sides(arena, {"x": 2, "y": 1}, {"x": 1, "y": 2}))
    assert found["both"] == found["opportunities"] == 1
    assert (found["only_a"], found["only_b"], found["neither"]) == (0, 0, 0)
    assert (found["days_a"], found["days_b"], found["weeks_earlier"]) == (10, 3, 1)
    assert (found["pipeline_a"], found["revenue_b"], found["revenue"]) == (500, 500, 500)
    assert (found["calls_a"], found["calls_b"], found["nothing_a"], found["nothing_b"]) == (2, 2, 1, 1)


def test_a_call_too_early_finds_nothing_and_is_not_made_again(tmp_path):
    """a calls x on Monday 0, 20 days before its opportunity and beyond the horizon; b on Monday 1, in time."""
    arena = arena_of(tmp_path, [Lead("x"), Lead("y")], [Deal("x", 20, 100, won=False)], until=60)
    found = summed(arena, *sides(arena, {"x": 2, "y": 1}, {"x": 1, "y": 2}))
    assert (found["found_a"], found["found_b"], found["only_b"], found["both"]) == (0, 1, 1, 0)
    assert (found["pipeline_b"], found["revenue_b"], found["nothing_a"], found["nothing_b"]) == (100, 0, 2, 1)


def test_called_again_it_counts_as_one_opportunity(tmp_path):
    """Called every Monday until day 20: Mondays 1 and 2 find it, and it counts from Monday 1."""
    arena = arena_of(tmp_path, [Lead("x")], [Deal("x", 20)], until=60)
    a, b = sides(arena, {"x": 1}, {"x": 1}, again_after=1)
    found = summed(arena, a, b)
    assert (found["found_a"], found["calls_a"], found["nothing_a"], found["days_a"]) == (1, 3, 1, 13)


def test_weeks_that_are_not_over_count_nothing(tmp_path):
    """Both call x on Monday 0 and late on Monday 3, whose horizon ends after day 28."""
    arena = arena_of(tmp_path, [Lead("x"), Lead("late", created=15)], [Deal("late", 22)], until=28)
    found = summed(arena, *sides(arena, {"x": 1, "late": 2}, {"x": 1, "late": 2}))
    assert (found["calls_a"], found["nothing_a"], found["found_a"], found["opportunities"]) == (1, 1, 0, 0)


def test_one_account_leaves_no_room_for_chance(tmp_path):
    leads = [Lead(name, "acme") for name in "xyz"]
    arena = arena_of(tmp_path, leads, [Deal("x", 3, 10), Deal("y", 20, 30)], until=60)
    a, b = sides(arena, {"x": 3, "y": 2, "z": 1}, {"x": 1, "y": 2, "z": 3})
    _, part = measured(arena, a, b)
    for measure in part.measures.values():
        assert (measure.a.low, measure.a.high) == pytest.approx((measure.a.value, measure.a.value), nan_ok=True)
    assert part.measures["found"].difference.value == 1
    assert part.measures["found"].standing() == "better"


def test_intervals_are_those_of_accounts_drawn_with_the_same_draws_for_both(tmp_path):
    """Each side finds one account's opportunity: over draws (c1, c2) of two accounts they find c1 and c2."""
    arena = arena_of(tmp_path, [Lead("x", "p"), Lead("y", "q")], [Deal("x", 3), Deal("y", 4)], until=60)
    a, b = sides(arena, {"x": 2, "y": 1}, {"x": 1, "y": 2})
    sums, part = measured(arena, a, b)
    at = [COLUMNS.index(name) for name in ("found_a", "found_b")]
    expected = np.array([account_counts(2, replicate, 0) for replicate in range(400)])
    assert sums.draws[:, 0, at].tolist() == expected.tolist()
    found = part.measures["found"]
    assert (found.a.value, found.b.value, found.difference.value) == (1, 1, 0)
    assert (found.a.low, found.a.high) == (0, 2)
    assert (found.difference.low, found.difference.high) == (-2, 2)
    assert found.error == pytest.approx(np.std(expected[:, 0] - expected[:, 1]))


def test_calls_that_came_to_nothing_are_a_share_of_the_calls_really_made(tmp_path):
    """Each calls four: a's x converts, the others do not. Whoever is drawn, the team makes four calls."""
    names = "wxyz"
    arena = arena_of(tmp_path, [Lead(name, name) for name in names], [Deal("x", 3)], until=60)
    a, b = sides(arena, dict.fromkeys(names, 1), dict.fromkeys(names, 1), capacity=4)
    _, part = measured(arena, a, b)
    wasted = part.measures["to_nothing"]
    assert wasted.a.value == 3
    assert 0 <= wasted.a.low <= wasted.a.high <= 4
    assert part.measures["hit_rate"].a.value == pytest.approx(0.25)


def test_without_money_nothing_is_said_of_it(tmp_path):
    arena = arena_of(tmp_path, [Lead("x")], [Deal("x", 3)], until=60)
    a, b = sides(arena, {"x": 1}, {"x": 1})
    _, part = measured(arena, a, b, money=())
    assert set(part.measures) == {"found", "days_early", "to_nothing", "hit_rate"}


def test_a_side_that_found_nothing_has_no_days(tmp_path):
    arena = arena_of(tmp_path, [Lead("x"), Lead("y")], [Deal("x", 20)], until=60)
    a, b = sides(arena, {"x": 2, "y": 1}, {"x": 1, "y": 2})
    _, part = measured(arena, a, b)
    assert np.isnan(part.measures["days_early"].a.value)
    assert part.measures["days_early"].standing() == "unclear"


def test_many_differences_together_need_more_than_one_alone():
    from training.comparison import Estimate  # noqa: PLC0415
    from training.duel.measures import KINDS, Measure  # noqa: PLC0415

    nothing = Estimate(0, 0, 0)
    measure = Measure(KINDS[0], nothing, nothing, Estimate(5, 1, 9), 2.2)
    assert measure.standing() == "better"
    assert measure.standing(50) == "unclear"
    wasted = Measure(SimpleNamespace(better=-1), nothing, nothing, Estimate(5, 1, 9), 2.2)
    assert wasted.standing() == "worse"
