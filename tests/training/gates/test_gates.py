"""Each gate on figures made up so that it must pass or must fail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.errors import ConfigError
from models.card import CardScorer
from models.scorer import Contributions
from training.compare.paired import Paired, Part
from training.compare.segments import Segment
from training.comparison import Comparison, Estimate
from training.gates import on_rows, read_thresholds
from training.gates.check import Checked
from training.gates.gate import Gate
from training.gates.thresholds import DEFAULT
from training.promote import _not_tested

ASKED = read_thresholds()
FINE = {
    "log_loss": Estimate(-0.01, -0.02, 0.001),
    "auc": Estimate(0.01, -0.001, 0.02),
}


def compared(gaps=FINE, slope=(1.0, 0.8, 1.2), ratio=(1.0, 0.8, 1.2), segments=(), churn=None, scorer=None):
    figures = {"calibration_slope": Estimate(*slope), "observed_over_expected": Estimate(*ratio)}
    counts = dict.fromkeys(
        ("n_rows", "n_positives", "n_accounts", "n_accounts_positive", "n_leads", "n_opportunities", "n_weeks"), 99
    )
    comparison = Comparison(
        reference="b",
        capacity=5,
        replicates=500,
        seed=0,
        estimates={"a": figures},
        differences={"a": gaps},
        **counts,
    )
    ground = SimpleNamespace(opened=np.arange(3))
    side = SimpleNamespace(label="b", scorer=scorer)
    return SimpleNamespace(
        a=SimpleNamespace(label="a"), b=side, ground=ground, comparison=comparison, segments=segments, churn=churn
    )


@pytest.mark.parametrize(
    ("loss", "auc", "not_worse", "better"),
    [
        ((-0.01, -0.02, 0.001), (0.01, -0.001, 0.02), True, False),
        ((-0.01, -0.02, -0.001), (0.01, -0.001, 0.02), True, True),
        ((0.01, 0.001, 0.02), (0.01, 0.001, 0.02), False, False),
        ((-0.01, -0.02, -0.001), (-0.01, -0.02, -0.001), False, False),
        ((-0.01, np.nan, np.nan), (0.01, 0.001, 0.02), False, False),
    ],
)
def test_the_wrong_side_of_zero_is_worse(loss, auc, not_worse, better):
    found = compared({"log_loss": Estimate(*loss), "auc": Estimate(*auc)})
    strict = ASKED.model_copy(
        update={"better_or_not_worse": ASKED.better_or_not_worse.model_copy(update={"require": "better"})}
    )
    assert on_rows.better(found, ASKED).passed is not_worse
    assert on_rows.better(found, strict).passed is better


@pytest.mark.parametrize(
    ("slope", "ratio", "passed", "said"),
    [
        ((1.0, 0.9, 1.1), (1.0, 0.9, 1.1), True, "within these bounds"),
        ((0.8, 0.6, 1.1), (1.2, 0.9, 1.5), True, "within these bounds"),
        ((0.8, 0.75, 0.85), (1.0, 0.9, 1.1), False, "slope is surely off"),
        ((1.0, 0.9, 1.1), (1.3, 1.2, 1.4), False, "seen per expected is surely off"),
        ((0.5, 0.1, 1.3), (1.0, 0.9, 1.1), False, "slope of 0.50 lies outside"),
        ((np.nan, np.nan, np.nan), (1.0, 0.9, 1.1), False, "slope does not exist"),
    ],
)
def test_calibration_by_figure_and_by_interval(slope, ratio, passed, said):
    gate = on_rows.calibration(compared(slope=slope, ratio=ratio), ASKED)
    assert gate.passed is passed
    assert said in gate.sentence


def segment(value, opportunities, loss):
    gaps = {
        "log_loss": Paired("log_loss", 0.1, 0.1, Estimate(*loss), (loss[2] - loss[1]) / 3.92),
        "auc": Paired("auc", 0.8, 0.8, Estimate(0.0, -0.01, 0.01), 0.005),
    }
    return Segment("country", value, Part(100, 50, 40, opportunities, gaps), 100)


def test_a_segment_that_is_clearly_worse_stops_a_version():
    fine, bad = segment("DE", 30, (0.0, -0.01, 0.01)), segment("FR", 30, (0.05, 0.03, 0.07))
    gate = on_rows.worst_segment(compared(segments=(fine, bad)), ASKED)
    assert not gate.passed
    assert "the country is FR" in gate.sentence
    assert on_rows.worst_segment(compared(segments=(fine,)), ASKED).passed
    few = replace(bad, part=replace(bad.part, opportunities=19))
    assert on_rows.worst_segment(compared(segments=(fine, few)), ASKED).passed
    gate = on_rows.worst_segment(compared(segments=(few,)), ASKED)
    assert gate.passed
    assert not gate.tested
    assert gate.line.startswith("not tested  worst_segment: no segment large enough against no segment with 20 or")
    assert gate.sentence.startswith("Not tested: no segment has 20 opportunities (the most is 19)")
    none = on_rows.worst_segment(compared(), ASKED)
    assert "(the most is 0)" in none.sentence


@pytest.mark.parametrize(
    ("failed", "tested", "outcome"),
    [
        ((), True, "passed"),
        ((), False, "passed; not tested: worst_segment"),
        (("churn",), True, "failed: churn"),
        (("churn",), False, "failed: churn; not tested: worst_segment"),
    ],
)
def test_the_summary_tells_passed_from_not_tested(failed, tested, outcome):
    gates = (
        Gate("worst_segment", "", "", passed=True, sentence="", tested=tested),
        Gate("churn", "", "", passed="churn" not in failed, sentence=""),
    )
    checked = Checked(gates, "b", None)
    assert checked.outcome == outcome
    assert _not_tested(checked) == ("" if tested else " worst_segment was not tested.")


def bill(share):
    return SimpleNamespace(share=share, n_open=200, sentence=lambda a, b: f"{a} {b}")


def test_churn_is_held_against_what_is_there_now():
    assert on_rows.churn(compared(churn=bill(0.5)), ASKED).passed
    assert not on_rows.churn(compared(churn=bill(0.51)), ASKED).passed
    card = CardScorer(None, ())
    assert on_rows.churn(compared(churn=bill(0.8), scorer=card), ASKED).passed
    assert not on_rows.churn(compared(churn=bill(0.81), scorer=card), ASKED).passed
    gate = on_rows.churn(compared(), ASKED)
    assert gate.passed
    assert "nothing graded leads before" in gate.sentence


@dataclass
class Spoilt:
    """A model one of whose rows does not add up."""

    off: float

    def total(self, matrix):
        return matrix.sum(axis=1) + np.where(np.arange(len(matrix)) == 1, self.off, 0.0)

    def feature_contributions(self, matrix):
        return Contributions(("x",), matrix, 0.0)


def test_reasons_must_add_up_on_every_row():
    held = np.ones((50, 3))
    assert on_rows.reasons(Spoilt(0.0), held, ASKED).passed
    gate = on_rows.reasons(Spoilt(1e-3), held, ASKED)
    assert not gate.passed
    assert gate.actual == "49 of 50 rows exact"


@pytest.mark.parametrize(
    ("leads", "used", "passed"), [(100, [1, 1, 1], True), (49, [1, 0, 0], False), (60, [1] * 13, False)]
)
def test_opportunities_are_counted_by_lead_and_features_by_group(leads, used, passed):
    found = compared()
    # Every lead has a positive row three times, and is still one opportunity.
    rows = SimpleNamespace(lead=np.repeat(np.arange(2 * leads), 3), label=np.repeat([1, 0] * leads, 3))
    found.ground.learn = rows
    booster = SimpleNamespace(feature_importance=lambda: np.array(used))
    gate = on_rows.enough_data(SimpleNamespace(booster=booster, group_of=np.arange(len(used))), found, ASKED)
    assert gate.passed is passed
    assert gate.actual.startswith(f"{leads} opportunities")


def test_the_shipped_thresholds_are_commented_and_strict(tmp_path):
    text = DEFAULT.read_text()
    assert text.count("#") > 10
    mine = tmp_path / "gates.yaml"
    mine.write_text(text.replace("most: 0.5", "most: 0.1"))
    assert read_thresholds(mine).churn.most == 0.1
    mine.write_text(text.replace("most: 0.5", "mots: 0.5"))
    with pytest.raises(ConfigError, match="no such key; did you mean 'most'"):
        read_thresholds(mine)
    mine.write_text(text.replace("reach: [0.9, 1.1]", "reach: [1.1, 0.9]"))
    with pytest.raises(ConfigError, match="holds nothing"):
        read_thresholds(mine)
