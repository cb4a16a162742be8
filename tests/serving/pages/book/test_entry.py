"""A lead's newest score and its trend, in whatever order scores are heard of."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from features.facts.clock import DAY
from serving.pages.book import Entry, Score


def score(day, value, *, version="7", name=None):
    return Score(
        name or f"r{day}-{value}-{version}",
        day * DAY,
        "scored",
        value / 100,
        value,
        "A",
        None,
        None,
        None,
        "",
        version,
    )


def taken(*scores):
    entry = Entry("L")
    for one in scores:
        if entry.needs(one.as_of, one.version):
            entry.take(one)
    return entry


def test_a_replay_of_the_past_is_no_newest_score():
    entry = taken(score(30, 80), score(3, 10))
    assert entry.score.score == 80
    assert entry.trend == 70


def test_the_trend_is_of_a_week_whatever_the_order():
    scores = [score(day, value) for day, value in ((0, 10), (5, 20), (12, 50), (13, 55), (19, 90))]
    for order in itertools.permutations(scores):
        entry = taken(*order)
        assert entry.score.score == 90
        assert entry.before == (12 * DAY, 50)
        assert entry.trend == 40


def test_less_than_a_week_is_held_against_the_first():
    assert taken(score(10, 20), score(12, 50), score(15, 60)).trend == 40


def test_after_a_rollback_the_earlier_models_trend_is_there_again():
    scores = [score(0, 10), score(10, 60, version="8"), score(20, 30)]
    for order in itertools.permutations(scores):
        assert taken(*order).trend == 20


def test_another_models_score_is_no_trend():
    entry = taken(score(0, 10, version="6"), score(10, 60))
    assert entry.trend is None
    assert taken(score(0, 10, version="6"), score(2, 30), score(10, 60)).trend == 30


def test_a_single_score_and_the_same_one_again_have_none():
    assert taken(score(1, 10)).trend is None
    assert taken(score(1, 10), score(1, 10)).trend is None
    assert taken(score(1, 10, name="a"), score(1, 30, name="b")).trend is None
    assert Entry("L").trend is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 100)), min_size=1, max_size=12), st.randoms())
def test_any_order_ends_in_the_same(told, shuffle):
    scores = [score(day, value) for day, value in dict(told).items()]
    first = taken(*scores)
    shuffle.shuffle(scores)
    second = taken(*scores)
    assert (first.score, first.trend, first.before) == (second.score, second.trend, second.before)
    newest = max(scores, key=lambda one: one.as_of)
    week = [one for one in scores if one.as_of <= newest.as_of - 7 * DAY]
    within = [one for one in scores if newest.as_of - 7 * DAY < one.as_of < newest.as_of]
    held = max(week, key=lambda o: o.as_of) if week else min(within, key=lambda o: o.as_of) if within else None
    assert first.trend == (None if held is None else newest.score - held.score)


def test_an_answer_is_read_as_it_was_written():
    answer = {"status": "degraded", "probability": 0.2, "score": 40, "grade": "C", "points": None}
    answer |= {"points_grade": None, "agree": None, "reason_1": "Title: CTO"}
    read = Score.of("r", 5, "7", json.dumps(answer))
    assert (read.status, read.grade, read.points_grade, read.reason) == ("degraded", "C", None, "Title: CTO")
