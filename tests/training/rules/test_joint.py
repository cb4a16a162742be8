import numpy as np
import pytest

from tests.training.rules.made_rows import TRUTH, card_of, drawn, rows_of
from training.rules.joint import fit_jointly


def test_one_rule_gives_the_log_odds_ratio_of_its_table():
    # 300 of 1,000 with the rule, 100 of 1,000 without: log(300/700) - log(100/900) = 1.3499.
    reads = np.repeat([1.0, 0.0], 1000)[:, None]
    label = np.concatenate([np.arange(1000) < 300, np.arange(1000) < 100])
    fit = fit_jointly(rows_of(card_of({"a": 20}), reads, label))
    assert fit.beta[0] == pytest.approx(1.3499, abs=0.01)
    assert fit.cov[0, 0] == pytest.approx(1 / 300 + 1 / 700 + 1 / 100 + 1 / 900, rel=0.02)


def test_rows_that_stand_together_in_an_account_count_once():
    reads = np.repeat([1.0, 0.0], 400)[:, None]
    label = np.concatenate([np.arange(400) < 120, np.arange(400) < 40])
    apart = fit_jointly(rows_of(card_of({"a": 20}), reads, label))
    twice = rows_of(
        card_of({"a": 20}), np.repeat(reads, 2, axis=0), np.repeat(label, 2), np.repeat(np.arange(800), 2)
    )
    together = fit_jointly(twice)
    assert together.cov[0, 0] == pytest.approx(apart.cov[0, 0], rel=0.02)
    assert together.design_effect == pytest.approx(2, rel=0.02)


def test_a_rule_that_no_opportunity_met_stays_finite_and_unsure():
    rng = np.random.default_rng(0)
    reads = np.column_stack([np.arange(3000) < 12, rng.random(3000) < 0.3]).astype(float)
    label = rng.random(3000) < 0.1
    label[:12] = False
    fit = fit_jointly(rows_of(card_of({"rare": -30, "b": 10}), reads, label))
    assert -6 < fit.beta[0] < 0
    # Nothing varied among these twelve leads, which must not be taken for certainty.
    assert fit.beta[0] + 1.96 * fit.cov[0, 0] ** 0.5 > 0


def test_caps_do_not_change_what_a_rule_is_worth():
    truth = TRUTH
    rows = drawn(truth, truth, n=40_000, seed=3, met=0.5, cap=45)
    # The outcomes know of no cap, but a capped lead has a coefficient of its own.
    fit = fit_jointly(rows)
    np.testing.assert_allclose(fit.beta / 0.05, [*truth.values()], atol=4)


def test_a_rule_left_out_is_not_fitted():
    rows = drawn(TRUTH, TRUTH, n=500)
    assert fit_jointly(rows, without=(1,)).rules.tolist() == [0, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="none of the card's rules"):
        fit_jointly(rows, without=tuple(range(6)))
