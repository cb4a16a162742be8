import json

import numpy as np
import pytest
from scipy.special import expit

from tests.training.rules.made_rows import PER_POINT, TRUTH, card_of, drawn, rows_of
from training.comparison import Estimate
from training.rules import judge_rules
from training.rules.verdict import code_of, sentence_of


@pytest.mark.parametrize(
    ("given", "worth", "code"),
    [
        (20, (22, 15, 28), "agrees"),
        (20, (30, 25, 36), "more"),
        (20, (10, 4, 16), "less"),
        (20, (1, -4, 6), "no_evidence"),
        (20, (14, -4, 32), "no_evidence"),
        (20, (-12, -20, -4), "wrong_way"),
        (-10, (-30, -40, -20), "more"),
        (-30, (-12, -20, -4), "less"),
        (-10, (12, 4, 20), "wrong_way"),
        (0, (1, -4, 6), "agrees"),
        (0, (12, 4, 20), "more"),
    ],
)
def test_the_verdict_is_read_from_the_interval(given, worth, code):
    assert code_of(given, Estimate(*worth)) == code


def test_no_evidence_says_whether_the_agreed_points_are_ruled_out():
    assert "not the agreed 20" in sentence_of("no_evidence", 20, Estimate(1, -4, 6), each=False)
    assert "Too few leads" in sentence_of("no_evidence", 20, Estimate(14, -4, 32), each=False)


def test_a_right_card_is_called_right():
    verdicts = judge_rules(drawn(TRUTH, TRUTH, n=40_000), replicates=20)
    assert {one.code for one in verdicts.rules} == {"agrees"}
    assert verdicts.log_odds_per_point == pytest.approx(0.05, rel=0.1)


def test_wrong_rules_are_called_what_they_are_and_do_not_spoil_the_scale():
    given = TRUTH | {"a": -20, "d": 60, "e": 2, "c": -15}
    rows = drawn(TRUTH | {"g": 10, "h": -20, "i": 0}, given | {"g": 10, "h": -20, "i": 15}, n=60_000)
    verdicts = judge_rules(rows, replicates=20)
    said = {one.rule: one.code for one in verdicts.rules}
    assert said == {
        "a": "wrong_way",
        "b": "agrees",
        "c": "agrees",
        "d": "less",
        "e": "more",
        "f": "agrees",
        "g": "agrees",
        "h": "agrees",
        "i": "no_evidence",
    }
    assert verdicts.log_odds_per_point == pytest.approx(0.05, rel=0.1)
    assert set(verdicts.scale_rules) == {"b", "c", "f", "g", "h"}


def test_what_two_rules_were_given_together_does_not_define_the_scale():
    # "g" is met by the leads of "a" but for a few: what either was given alone, no fit can say.
    rng = np.random.default_rng(3)
    given = TRUTH | {"g": 20}
    reads = (rng.random((40_000, len(given))) < 0.3).astype(float)
    reads[:, -1] = np.where(rng.random(len(reads)) < 0.01, 1 - reads[:, 0], reads[:, 0])
    chance = expit(-2.5 + PER_POINT * reads[:, :-1] @ np.array([*TRUTH.values()], float))
    verdicts = judge_rules(rows_of(card_of(given), reads, rng.random(len(reads)) < chance), replicates=20)
    pair = {one.rule: one.repeats for one in verdicts.rules if one.repeats}
    assert pair in ({"a": "g"}, {"g": "a"})
    assert set(verdicts.scale_rules) == {"b", "c", "d", "e", "f"}


def test_an_interval_without_an_end_says_what_it_leaves_open():
    inf = float("inf")
    assert "any number of points is possible" in sentence_of("no_evidence", 20, Estimate(9, -inf, inf), each=False)
    assert "(−3 or more)" in sentence_of("no_evidence", 20, Estimate(9, -3, inf), each=False)
    for code in ("no_evidence", "more"):
        assert "any number to any number" not in sentence_of(code, 20, Estimate(9, -inf, inf), each=False)


def test_rates_are_those_of_the_leads_with_and_without():
    reads = np.column_stack([np.arange(100) < 20, np.arange(100) % 2, np.arange(100) % 3 == 0]).astype(float)
    label = np.isin(np.arange(100), [0, 1, 2, 3, 4, 50, 51, 60, 61, 70, 71, 80, 81])
    found = judge_rules(rows_of(card_of({"a": 20, "b": 10, "c": 5}), reads, label), replicates=100)["a"]
    assert found.leads == 20
    assert found.rates.with_rule.value == pytest.approx(5 / 20)
    assert found.rates.without.value == pytest.approx(8 / 80)
    assert found.rates.without.low < 0.1 < found.rates.without.high


def test_what_the_rows_cannot_speak_of_cannot_be_tested():
    rows = drawn(TRUTH, TRUTH, n=3000)
    rows.reads[:, 1] = 0
    verdicts = judge_rules(rows, replicates=20)
    assert verdicts["b"].words == "cannot be tested"
    assert "no lead meets it" in verdicts["b"].sentence
    assert verdicts["b"].worth is None


def test_two_rules_have_no_scale_to_be_judged_by():
    verdicts = judge_rules(drawn({"a": 20, "b": 10}, {"a": 20, "b": 10}), replicates=20)
    assert {one.code for one in verdicts.rules} == {"untestable"}
    assert "fewer than three" in verdicts.notes[0]


def test_a_card_that_points_the_wrong_way_throughout_has_no_scale():
    verdicts = judge_rules(drawn(TRUTH, {name: -points for name, points in TRUTH.items()}), replicates=20)
    assert verdicts.scale is None
    assert "do not rise" in verdicts.notes[0]


def test_the_verdicts_are_frames_and_json():
    verdicts = judge_rules(drawn(TRUTH, TRUTH, n=2000), replicates=20)
    assert verdicts.to_frame()["rule"].tolist() == [*TRUTH]
    content = json.loads(json.dumps(verdicts.to_dict(), allow_nan=False))
    assert content["rules"][0]["words"]
    assert content["lacks"] is None
