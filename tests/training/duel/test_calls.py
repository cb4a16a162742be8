"""Who is called on which Monday."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import ConfigError
from features.facts.clock import DAY
from tests.training.duel.hand import Deal, Lead, arena_of, called, scores
from training.capacity import lead_hash
from training.duel.calls import call_order, make_calls, parse_capacity


def test_the_best_first_and_nobody_twice(tmp_path):
    arena = arena_of(tmp_path, [Lead("a"), Lead("b"), Lead("c", created=3)], [], until=22)
    score = scores(arena, {"a": 1, "b": 2, "c": 3})
    calls = make_calls(arena, call_order(arena, score), 1)
    assert called(arena, calls) == [["b"], ["c"], ["a"], []]
    assert calls.callable_.tolist() == [2, 2, 1, 0]
    assert calls.exhausted.tolist() == [False, False, True, True]


def test_a_lead_that_converts_before_its_turn_is_not_called(tmp_path):
    arena = arena_of(tmp_path, [Lead("a"), Lead("b")], [Deal("a", 5)], until=22)
    calls = make_calls(arena, call_order(arena, scores(arena, {"a": 1, "b": 2})), 1)
    assert called(arena, calls) == [["b"], [], [], []]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (7, [["b"], ["b"], ["b"], ["b"]]),
        (8, [["b"], ["a"], ["b"], ["a"]]),
        (14, [["b"], ["a"], ["b"], ["a"]]),
        (15, [["b"], ["a"], [], ["b"]]),
        (None, [["b"], ["a"], [], []]),
    ],
)
def test_a_lead_is_called_again_only_so_long_after(tmp_path, after, expected):
    arena = arena_of(tmp_path, [Lead("a"), Lead("b")], [], until=22)
    order = call_order(arena, scores(arena, {"a": 1, "b": 2}))
    calls = make_calls(arena, order, 1) if after is None else make_calls(arena, order, 1, after * DAY)
    assert called(arena, calls) == expected


def test_equal_scores_go_by_the_seeded_hash(tmp_path):
    names = [f"lead{i}" for i in range(8)]
    arena = arena_of(tmp_path, [Lead(name) for name in names], [], until=15)
    calls = make_calls(arena, call_order(arena, np.zeros(len(arena))), 4)
    by_hash = [names[i] for i in np.argsort(lead_hash(names, 0))]
    assert called(arena, calls)[:2] == [by_hash[:4], by_hash[4:]]


def test_a_place_is_among_those_who_may_be_called(tmp_path):
    arena = arena_of(tmp_path, [Lead("a"), Lead("b"), Lead("c")], [], until=15)
    calls = make_calls(arena, call_order(arena, scores(arena, {"a": 3, "b": 2, "c": 1})), 1)
    places = {
        (str(arena.history.lead_ids[arena.lead[i]]), int(arena.week[i])): int(calls.place[i])
        for i in range(len(arena))
    }
    assert [places[name, 0] for name in "abc"] == [1, 2, 3]
    assert [places[name, 1] for name in "abc"] == [0, 1, 2]


def test_a_score_that_is_missing_is_refused(tmp_path):
    arena = arena_of(tmp_path, [Lead("a")], [], until=15)
    with pytest.raises(ValueError, match="NaN"):
        call_order(arena, np.full(len(arena), np.nan))


@pytest.mark.parametrize("text", ["40/week", "40", "40 / Week", "40 per week", 40])
def test_a_capacity_is_leads_a_week(text):
    assert parse_capacity(text) == 40


@pytest.mark.parametrize("text", ["0", "0/week", "-3", "8/day", "many", "", "1.5"])
def test_what_is_no_capacity_is_an_error(text):
    with pytest.raises(ConfigError, match="whole number of leads a week"):
        parse_capacity(text)
