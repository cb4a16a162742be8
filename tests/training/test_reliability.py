"""Expected against seen by month, segment and grade, and past leads counted once whatever came of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from features.facts.clock import DAY, parse_moment
from features.language import AttributeValue, Feature, FeatureSet
from training.reliability import (
    MOST_SEGMENTS,
    REST,
    UNKNOWN,
    Scored,
    best_category,
    by_cohort,
    by_grade,
    by_segment,
    one_look_each,
    reliability,
    similar_leads,
)
from training.rows import Rows, Schedule

START = parse_moment("2025-01-15")


def scored(n=4000, seed=0, rows_an_account=4):
    rng = np.random.default_rng(seed)
    p = expit(rng.normal(-1.5, 1, n))
    label = rng.random(n) < p
    as_of = START + np.sort(rng.integers(0, 80, n)) * DAY
    return Scored(p, label, np.ones(n), np.arange(n), np.arange(n) // rows_an_account, as_of)


def industries(levels):
    source = AttributeValue(entity="account", attribute="industry", type="category")
    feature = Feature(name="industry", unit="category", group="i", label="industry", source=source, levels=levels)
    return FeatureSet(name="small", features=(feature,))


def test_a_frame_by_hand():
    rows = Scored(
        probability=np.array([0.5, 0.1, 0.4, 0.2]),
        label=np.array([True, False, True, False]),
        weight=np.array([1.0, 3.0, 1.0, 1.0]),
        lead=np.array([1, 1, 2, 3]),
        account=np.array([7, 7, 8, 9]),
        as_of=np.full(4, START),
    )
    frame = reliability(rows, np.array(["a", "a", "b", "b"]), ["a", "b", "nobody"])
    assert frame["group"].tolist() == ["a", "b"]
    assert frame["leads"].tolist() == [1, 2]
    assert frame["rows"].tolist() == [2, 2]
    assert frame["opportunities"].tolist() == [1, 1]
    assert frame["expected"].tolist() == pytest.approx([0.2, 0.3])
    assert frame["seen"].tolist() == pytest.approx([0.25, 0.5])


def test_true_probabilities_hold_and_doubled_ones_do_not():
    rows = scored()
    frame = by_cohort(rows)
    assert frame["group"].tolist() == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert frame["holds"].all()
    assert frame["leads"].sum() == 4000
    wrong = Scored(**{**vars(rows), "probability": np.minimum(2 * rows.probability, 0.99)})
    assert not by_cohort(wrong)["holds"].any()


def test_rows_that_hang_together_widen_the_interval():
    n = 2000
    chance = np.random.default_rng(0)
    decision = chance.random(200) < 0.2
    account = np.repeat(np.arange(200), 10)
    base = {"probability": np.full(n, 0.2), "label": decision[account], "weight": np.ones(n), "lead": np.arange(n)}
    widths = []
    for owner in (account, np.arange(n)):
        frame = reliability(Scored(**base, account=owner, as_of=np.zeros(n, np.int64)), np.full(n, "x"), ["x"])
        widths.append(float(frame["seen_high"][0] - frame["seen_low"][0]))
    assert widths[0] > 2 * widths[1]


def test_a_group_without_opportunities_has_an_interval_all_the_same():
    n = 60
    rows = Scored(
        np.full(n, 0.02), np.zeros(n, bool), np.ones(n), np.arange(n), np.arange(n) // 2, np.zeros(n, int)
    )
    frame = reliability(rows, np.full(n, "D"), ["D"])
    assert (frame["seen"][0], frame["seen_low"][0]) == (0.0, 0.0)
    assert 0.05 < frame["seen_high"][0] < 0.2
    assert frame["holds"][0]


def test_segments_the_commonest_first_and_the_rare_together():
    rows = scored(2000)
    chance = np.random.default_rng(1)
    levels = tuple(f"industry {i}" for i in range(12))
    code = np.minimum(chance.geometric(0.25, 2000) - 1, 11).astype(float)
    code[::9] = np.nan
    frame = by_segment(rows, industries(levels), code[:, None], "industry")
    assert len(frame) == MOST_SEGMENTS
    assert frame["group"].iloc[-1] == REST
    assert frame["group"].iloc[0] == "industry 0"
    assert UNKNOWN in set(frame["group"])
    assert frame["leads"].sum() == 2000


def test_grades_in_order():
    rows = scored(1000)
    grades = np.where(rows.probability > 0.4, "A", np.where(rows.probability > 0.2, "B", "D"))
    frame = by_grade(rows, grades)
    assert frame["group"].tolist() == ["A", "B", "D"]


def looked_at(n=6000, seed=0):
    """Leads planned to be looked at on seven days; those that convert are open until then, and lose interest."""
    rng = np.random.default_rng(seed)
    ages = np.array([1, 3, 7, 14, 30, 60, 120]) * DAY
    hot = rng.random(n) < 0.3
    converts = np.where(hot, rng.exponential(30, n), rng.exponential(900, n)) * DAY
    lead = np.repeat(np.arange(n), 7)
    as_of = np.tile(ages, n)
    schedule = Schedule(lead, as_of)
    is_open = as_of < converts[lead]
    rows = Rows(
        lead[is_open],
        as_of[is_open],
        (converts[lead] < as_of + 30 * DAY)[is_open].astype(np.int8),
        lead[is_open],
        np.where(converts < 500 * DAY, converts, -1).astype(np.int64)[lead][is_open],
        schedule,
    )
    return rows, hot[rows.lead] & (rows.as_of < 10 * DAY)


def test_one_look_each_does_not_tell_the_outcome():
    """The rate among looks in one state is that of all such rows; by the latest look it would be far higher."""
    rows, state = looked_at()
    chosen = one_look_each(rows)
    assert len(np.unique(rows.lead[chosen])) == len(chosen) > 3000
    weight = rows.weights(np.ones(len(rows), bool))
    true = np.average(rows.label[state] == 1, weights=weight[state])
    picked = chosen[state[chosen]]
    assert rows.label[picked].mean() == pytest.approx(true, abs=0.05)
    last = np.flatnonzero(np.append(np.diff(rows.lead[np.lexsort((rows.as_of, rows.lead))]) != 0, True))
    latest = np.lexsort((rows.as_of, rows.lead))[last]
    latest = latest[state[latest]]
    assert rows.label[latest].mean() > true + 0.15


def test_one_look_each_is_the_same_again_and_the_earliest_without_a_schedule():
    rows, _ = looked_at(500)
    np.testing.assert_array_equal(one_look_each(rows), one_look_each(rows))
    bare = Rows(rows.lead, rows.as_of, rows.label, rows.cluster, rows.outcome)
    first = one_look_each(bare)
    assert len(first) == len(np.unique(rows.lead))
    for position in first[:50]:
        assert rows.as_of[position] == rows.as_of[rows.lead == rows.lead[position]].min()
    assert len(one_look_each(rows.take(np.zeros(len(rows), bool)))) == 0


def test_similar_leads_of_a_real_training(registered):
    model, material = registered.trained.model, registered.trained.material
    held = material.parts.test
    rows, matrix = material.rows.take(held), material.matrix[held]
    found = similar_leads(model, matrix, rows)
    chosen = one_look_each(rows)
    assert sum(counted.leads for counted in found.grades) == len(chosen)
    assert sum(counted.became for counted in found.grades) == (rows.label[chosen] == 1).sum()
    assert found.feature == best_category(model)
    by_grade_ = {counted.grade: counted.leads for counted in found.grades}
    for grade, leads in by_grade_.items():
        assert sum(c.leads for c in found.segments if c.grade == grade) <= leads
    assert found.horizon_days == 90
