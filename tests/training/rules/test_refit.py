import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest

from features.errors import ConfigError
from tests.training.rules.made_rows import TRUTH, drawn, rows_of
from training.rules import HeldOut, exact_refit, refit_path
from training.rules.loss import PointsTable
from training.rules.select import LATER_LEVEL, LEVEL

GIVEN = TRUTH | {"a": 0, "d": 45}


def held(given, capacity=None, n=8000, seed=9):
    rows = drawn(TRUTH, given, n=n, seed=seed)
    return HeldOut(rows, np.array([f"l{i}" for i in range(n)], object), capacity, replicates=60)


def test_a_right_card_is_left_alone():
    path = refit_path(drawn(TRUTH, TRUTH, n=20_000))
    assert path.steps == ()
    assert "leave the points as they are" in path.sentences()[0]
    with pytest.raises(ValueError, match="0 steps"):
        path.refitted()


def test_two_wrong_rules_are_mended_on_the_card_s_own_step_and_scale():
    path = refit_path(drawn(TRUTH, TRUTH | {"a": 5, "d": 45}, n=30_000), held(TRUTH | {"a": 5, "d": 45}, 200))
    assert path.unit == 5
    assert {change.rule: change.after for change in path.changes} == {"a": 20, "d": 25}
    assert path.log_odds_per_point == pytest.approx(0.05, rel=0.1)
    assert all(step.gain > 0 for step in path.steps)
    assert path.steps[0].gain > path.steps[1].gain
    last = path.steps[-1]
    assert last.held_in_all.low > 0
    assert last.log_loss == pytest.approx(path.log_loss - sum(step.gain for step in path.steps))
    assert last.found.value >= 0


def test_only_so_many_changes_as_wanted_and_the_most_gainful_first():
    rows = drawn(TRUTH, TRUTH | {"a": 5, "d": 45}, n=30_000)
    both = refit_path(rows)
    assert refit_path(rows, changes=1).changes == both.changes[:1]


def test_a_worthless_rule_is_taken_out_and_the_new_card_can_be_signed():
    truth = TRUTH | {"useless": 0}
    rows = drawn(truth, TRUTH | {"useless": 15}, n=30_000)
    path = refit_path(rows)
    card = path.refitted(on=dt.date(2026, 1, 2))
    assert [rule.name for rule in card.rules] == [*TRUTH]
    assert card.agreed.on == dt.date(2026, 1, 2)
    assert card.agreed.replaces == rows.card.card.label
    assert "Take out useless" in card.agreed.note
    assert json.dumps(path.to_dict(), allow_nan=False)
    assert path.to_frame()["after"].tolist() == [0]


def test_a_sign_turns_only_on_clear_evidence_and_then_it_is_said():
    clear = refit_path(drawn(TRUTH, TRUTH | {"c": 15}, n=30_000))
    assert [(change.rule, change.after) for change in clear.changes] == [("c", -15)]
    assert "sign turns" in clear.changes[0].sentence


def visits(worth, n=30_000):
    """Return rows with a rule on visits agreed at 15 points, worth something else."""
    rows = drawn(TRUTH | {"visits": worth}, TRUTH | {"visits": 15}, n=n, met=0.3)
    card = drawn(TRUTH, TRUTH, n=1, visits=15).card.card
    return rows_of(card, rows.reads, rows.label)


def test_more_engagement_is_not_punished_unless_asked():
    rows = visits(-20)
    assert [(change.rule, change.after) for change in refit_path(rows).changes] == [("visits", 0)]
    asked = refit_path(rows, allow_negative=True)
    assert [(change.rule, change.after) for change in asked.changes] == [("visits", -20)]


def test_the_unit_is_kept_to():
    path = refit_path(drawn(TRUTH, TRUTH | {"d": 50}, n=30_000), unit=10)
    assert all(change.after % 10 == 0 for change in path.changes)


def test_without_a_level_say_how_many():
    with pytest.raises(ValueError, match="how many changes"):
        refit_path(drawn(TRUTH, TRUTH, n=500), level=None)


@pytest.mark.parametrize("seed", range(3))
def test_the_path_finds_what_the_exact_search_finds(seed):
    rows = drawn(TRUTH, GIVEN | {"a": 40}, n=8000, seed=seed)
    exact = exact_refit(rows, 2)
    quick = refit_path(rows, level=None, changes=2)
    assert {change.rule: change.after for change in quick.changes} == exact.changes
    assert quick.steps[-1].log_loss == pytest.approx(exact.log_loss, abs=1e-12)


def test_the_exact_search_tries_every_set_and_every_point():
    rows = drawn({"a": 20, "b": 10, "c": 15}, {"a": 20, "b": 40, "c": 15}, n=3000)
    table = PointsTable(rows)
    best = min(table.loss({j: points}) for j in range(3) for points in range(0, 105, 5))
    assert exact_refit(rows, 1).log_loss == pytest.approx(best, abs=1e-12)


def test_a_card_of_more_than_ten_rules_is_not_searched_exactly():
    many = {f"r{i}": 10 for i in range(11)}
    with pytest.raises(ConfigError, match="at most 10"):
        exact_refit(drawn(many, many, n=200), 1)


def test_what_would_come_next_is_told_apart_from_what_is_proven():
    """One rule is wrong by much and two by little: the path goes on to three, and proposes the one."""
    rows = drawn(TRUTH, TRUTH | {"d": 60}, n=6000)
    path = refit_path(rows, held(TRUTH | {"d": 60}))
    assert [change.rule for change in path.changes] == ["d"]
    assert 1 <= len(path.further) <= 2
    assert "d" not in {step.change.rule for step in path.further}
    assert path.refitted().rules[3].points == path.steps[0].change.after
    for rule, new in zip(rows.card.card.rules, path.refitted().rules, strict=True):
        assert new.points == rule.points or rule.name == "d", "nothing unproven is in the card to sign"
    assert any("cannot yet be told from chance" in sentence for sentence in path.sentences())
    assert json.loads(json.dumps(path.to_dict()))["further"][0]["change"]["rule"]
    assert refit_path(rows, changes=1).further == ()


def test_without_a_proven_change_the_likely_ones_are_still_said():
    rows = drawn(TRUTH, TRUTH | {"d": 60}, n=6000)
    path = refit_path(rows)
    none = replace(path, steps=(), further=path.steps)
    said = none.sentences()
    assert "leave the points as they are" in said[0]
    assert said[1].startswith("Would come next, but cannot yet be told from chance: d: ")
    assert not any("Would come next" in one for one in replace(none, further=()).sentences())


def test_what_is_likely_is_proposed_only_after_what_is_certain():
    """The same rule, off by as much on as many leads: changed beside a clear one where alone it would be left."""
    alone, beside = (
        [refit_path(drawn(TRUTH, TRUTH | {"a": 10} | more, n=2000, seed=seed)).changes for seed in range(12)]
        for more in ({}, {"d": 75})
    )
    assert all(changes[0].p_value < LEVEL for changes in alone if changes)
    assert all(max(one.p_value for one in changes) < LATER_LEVEL for changes in beside)
    assert all(min(one.p_value for one in changes) < LEVEL for changes in beside)
    assert any(one.p_value > LEVEL for changes in beside for one in changes if one.rule == "a")
