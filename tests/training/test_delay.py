"""Learning from young rows: which stretches are seen, that outcomes do not choose them, and what it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from features.facts.clock import DAY, format_moment
from tests.training.made import HORIZON, made
from training.delay import DelayLessons, Hazard, base_log_odds, expand, find_edges
from training.rows import Rows
from training.spec import Split, TrainingSpec

EDGES = np.array([5, 12, 30], np.int64)
SPEC = TrainingSpec(horizon="30d", labels="delay_aware", weight="row", folds=3)


def rows_of(as_of, outcome):
    n = len(as_of)
    number = np.arange(n, dtype=np.int64)
    return Rows(number, np.array(as_of, np.int64), np.zeros(n, np.int8), number, np.array(outcome, np.int64))


@pytest.fixture(scope="module")
def material():
    return made(3000)


@pytest.mark.parametrize(
    ("age", "delay", "seen"),
    [
        (40, None, [0, 0, 0]),
        (30, None, [0, 0, 0]),
        (29, None, [0, 0]),
        (12, None, [0, 0]),
        (5, None, [0]),
        (4, None, []),
        (40, 0, [1]),
        (40, 4, [1]),
        (40, 5, [0, 1]),
        (40, 29, [0, 0, 1]),
        (40, 30, [0, 0, 0]),
        (4, 1, []),
        (11, 8, [0]),
        (12, 8, [0, 1]),
    ],
)
def test_a_row_is_one_example_for_each_stretch_that_was_over_and_reached(age, delay, seen):
    """``age`` is the time from as_of to the cut; the third line from below: known for positive, and not learnt."""
    rows = rows_of([100 - age], [-1 if delay is None else 100 - age + delay])
    found = expand(rows, np.ones(1, bool), EDGES, 100)
    assert found.label.tolist() == seen
    assert found.stretch.tolist() == list(range(len(seen)))
    assert found.row.tolist() == [0] * len(seen)


@given(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 60)))
def test_an_outcome_never_brings_a_stretch_forward(age, delay):
    """What is seen of a row that converts is what is seen of one that does not, up to the stretch of its end."""
    rows = rows_of([50 - age, 50 - age], [-1, -1 if delay is None else 50 - age + delay])
    found = expand(rows, np.ones(2, bool), EDGES, 50)
    never, maybe = (set(found.stretch[found.row == row]) for row in (0, 1))
    last = len(EDGES) if delay is None else int(np.searchsorted(EDGES, delay, side="right"))
    assert maybe == {stretch for stretch in never if stretch <= last}


def test_only_the_rows_asked_for_are_expanded():
    rows = rows_of([0, 0, 0], [-1, 2, -1])
    assert expand(rows, np.array([False, True, True]), EDGES, 100).row.tolist() == [1, 2, 2, 2]


def test_edges_part_the_delays_of_mature_opportunities(material):
    rows, train = material.rows, material.parts.train
    edges = find_edges(rows, train, HORIZON)
    assert len(edges) == 3
    assert edges[-1] == HORIZON
    delay = (rows.outcome - rows.as_of)[train & (rows.label == 1)]
    counts = np.bincount(np.searchsorted(edges, delay, side="right"), minlength=3)
    assert counts.max() - counts.min() <= 2


def test_delays_that_are_all_the_same_are_one_stretch_and_a_rest():
    rows = replace(rows_of([0, 0, 0], [7, 7, -1]), label=np.array([1, 1, 0], np.int8))
    assert find_edges(rows, np.ones(3, bool), 30).tolist() == [8, 30]
    assert find_edges(rows, np.zeros(3, bool), 30).tolist() == [30]


def test_the_probability_is_that_of_all_stretches_and_ranks_as_the_score():
    hazard = Hazard(EDGES, np.array([-3.0, -2.0, -4.0]))
    score = np.linspace(-2, 2, 9)
    by_hand = 1 - np.prod([1 - expit(score + base) for base in hazard.base], axis=0)
    np.testing.assert_allclose(hazard.probability(score), by_hand)
    np.testing.assert_allclose(hazard.log_odds(score), logit(by_hand))
    assert (np.diff(hazard.probability(score)) > 0).all()


@pytest.mark.parametrize("offset", [None, np.linspace(-3, 3, 400)])
def test_a_base_expects_as_many_positives_as_there_are(offset):
    rng = np.random.default_rng(0)
    label, weight = (rng.random(400) < 0.2).astype(float), rng.uniform(0.5, 1.5, 400)
    base = base_log_odds(label, weight, offset)
    expected = weight @ expit(base + (np.zeros(400) if offset is None else offset))
    assert expected == pytest.approx(weight @ label, abs=0.6)


def test_nothing_from_the_cut_on_is_learnt(material):
    """Whatever becomes of young rows after the test has begun, the lesson is the same."""
    rows, parts = material.rows, material.parts
    after = (rows.outcome < 0) | (rows.outcome >= parts.test_from)
    other = replace(rows, outcome=np.where(after & parts.young, parts.test_from + 1, rows.outcome))
    assert (other.outcome != rows.outcome).any()
    one, two = (DelayLessons(replace(material, rows=r), SPEC) for r in (rows, other))
    for a, b in ((one.teach(one.learnable), two.teach(two.learnable)),):
        for field in ("row", "label", "weight", "offset"):
            np.testing.assert_array_equal(getattr(a.learn, field), getattr(b.learn, field))


def test_young_rows_are_learnt_from_and_do_not_bend_the_rates(material):
    """Hazards with the young rows are those of the mature ones; taking early opportunities at once is far off."""
    lessons = DelayLessons(material, SPEC)
    rows, parts = material.rows, material.parts
    young = lessons.learnable & parts.young
    assert young.sum() > 200
    assert not (lessons.learnable & parts.test).any()
    mature, more = lessons.teach(parts.train), lessons.teach(lessons.learnable)
    assert len(more.learn.row) > len(mature.learn.row) + 200
    np.testing.assert_allclose(expit(more.hazard.base), expit(mature.hazard.base), rtol=0.15)
    known = young & (rows.outcome >= 0) & (rows.outcome < parts.test_from)
    seen = expand(rows, young, lessons.edges, parts.test_from)
    assert seen.label.sum() < known.sum(), "some opportunities are known and wait for their stretch to be over"


def test_a_training_that_ends_earlier_has_no_rows_after(material):
    moment = int(np.median(material.rows.as_of[material.parts.young]))
    spec = SPEC.model_copy(update={"split": Split(train_until=format_moment(moment // 10**6 * 10**6))})
    learnable = DelayLessons(material, spec).learnable
    assert material.rows.as_of[learnable].max() <= moment
    assert learnable.sum() < DelayLessons(material, SPEC).learnable.sum()


def test_examples_start_from_their_stretch_and_their_offset(material):
    offset = np.linspace(-1, 1, len(material.rows))
    lessons = DelayLessons(material, SPEC, offset)
    lesson = lessons.teach(material.parts.train, material.parts.late)
    found = expand(material.rows, material.parts.train, lessons.edges, material.parts.test_from)
    start = lesson.hazard.base[found.stretch] + offset[found.row]
    np.testing.assert_allclose(lesson.learn.offset, start)
    assert set(lesson.stop.row) == set(np.flatnonzero(material.parts.late))


def test_a_rows_stretches_weigh_what_the_row_does(material):
    lessons = DelayLessons(material, SPEC.model_copy(update={"weight": "lead"}))
    lesson = lessons.teach(lessons.learnable)
    weights = material.rows.weights(lessons.learnable)
    where = np.searchsorted(np.flatnonzero(lessons.learnable), lesson.learn.row)
    np.testing.assert_allclose(lesson.learn.weight, weights[where])


def test_the_horizon_is_in_days():
    assert HORIZON == SPEC.horizon_us == 30 * DAY
