"""The plainest arm that cannot be told from the best."""

from __future__ import annotations

import numpy as np
import pytest

from training.comparison import Arm
from training.recommend import FEWEST_TO_LEARN, recommend
from training.rows import Rows

N = 6000


def market(seed=0, strength=1.5):
    generator = np.random.default_rng(seed)
    log_odds = -2 + strength * generator.normal(size=N)
    truth = 1 / (1 + np.exp(-log_odds))
    return truth, (generator.random(N) < truth).astype(np.int8)


def asked(arms, label, learnt=500, variables=40):
    return recommend(arms, rows_of(label), np.ones(N), learnt, variables)


def rows_of(label, number=None):
    """Rows that are a lead and an account each, or those numbered alike together."""
    number = np.arange(len(label)) if number is None else number
    return Rows(number, np.zeros(len(label), np.int64), label, number, np.full(len(label), -1))


def arm(probability):
    return Arm(probability, probability)


def test_a_plainer_arm_that_is_as_good_is_recommended():
    truth, label = market()
    nearly = np.clip(truth + 1e-4, 0, 1)
    found = asked({"model": arm(truth), "logistic": arm(nearly), "constant": arm(np.full(N, label.mean()))}, label)
    assert found.arm == "logistic"
    assert found.behind["constant"] > found.error["constant"]


@pytest.mark.parametrize(
    ("card", "ending"), [(True, "keep the card."), (False, "these data do not show that leads differ.")]
)
def test_the_base_rate_is_recommended_for_want_of_proof_and_not_as_one(card, ending):
    label = market()[1]
    lucky = label.mean() + 1e-3 * np.random.default_rng(2).normal(size=N)
    arms = {"model": arm(lucky), "constant": arm(np.full(N, label.mean()))}
    found = asked(arms | ({"card": arm(np.full(N, 0.9))} if card else {}), label)
    assert (found.arm, found.best) == ("constant", "model")
    assert f" Nothing is better than it by more than one standard error: {ending}" in found.sentence


def test_a_clearly_better_model_is_recommended_over_plainer_ones():
    truth, label = market()
    blunt = np.full(N, label.mean()) * 0.5 + truth * 0.5
    found = asked({"model": arm(truth), "recalibrated": arm(blunt)}, label)
    assert found.arm == found.best == "model"
    assert "nothing plainer comes near" in found.sentence


def test_where_the_card_is_the_truth_it_is_kept():
    truth, label = market(3)
    generator = np.random.default_rng(1)
    noisy = 1 / (1 + np.exp(-(np.log(truth / (1 - truth)) + 0.3 * generator.normal(size=N))))
    found = asked({"model": arm(noisy), "recalibrated": arm(truth), "constant": arm(np.full(N, 0.2))}, label)
    assert found.arm == "recalibrated"


def test_too_few_opportunities_keep_the_card_and_say_how_many():
    truth, label = market()
    arms = {"model": arm(truth), "card": arm(np.full(N, label.mean()))}
    found = asked(arms, label, learnt=FEWEST_TO_LEARN - 1, variables=10)
    assert found.arm == "card"
    assert f"There are {FEWEST_TO_LEARN - 1} leads with an opportunity" in found.sentence
    assert found.events_per_variable == pytest.approx(4.9)
    assert "4.9 for each of 10 features that can be read; promote counts them for each group" in found.sentence
    bare = asked({"model": arm(truth), "constant": arms["card"]}, label, learnt=3)
    assert (bare.arm, "no model yet" in bare.sentence, "card" in bare.sentence) == ("constant", True, False)


def test_what_it_costs_to_register_trees_that_are_not_recommended_is_said_with_its_interval():
    truth, label = market()
    blunt = np.full(N, label.mean()) * 0.5 + truth * 0.5
    assert asked({"model": arm(truth), "recalibrated": arm(blunt)}, label).cost == ""
    found = asked({"model": arm(blunt), "logistic": arm(truth)}, label)
    value, low, high = found.served_loses
    assert 0 < low < value < high
    assert value == pytest.approx(found.behind["model"])
    assert found.cost.startswith(
        "The trees are what is registered, not logistic regression: only LightGBM trees can"
    )
    assert f"lose {value:+.4f} in log loss beside it (95 % interval {low:+.4f} to {high:+.4f}" in found.cost
    assert found.cost.endswith("clearly worse.")
    alike = asked({"model": arm(np.clip(truth + 1e-4, 0, 1)), "logistic": arm(truth)}, label)
    assert alike.cost.endswith("cannot be told apart.")
    started = asked({"model": arm(blunt), "from_card": arm(truth)}, label)
    assert started.cost.endswith("Trees that start from the card are registered by start: card.")


def test_rows_of_one_account_count_as_one():
    """Copying every row tenfold within its account must not make a difference look surer."""
    truth, label = market(5)
    blunt = np.clip(truth * 0.7 + 0.04, 0, 1)
    once = asked({"model": arm(truth), "card": arm(blunt)}, label)
    many = recommend(
        {"model": arm(np.repeat(truth, 10)), "card": arm(np.repeat(blunt, 10))},
        rows_of(np.repeat(label, 10), np.repeat(np.arange(N), 10)),
        np.ones(10 * N),
        500,
        40,
    )
    assert many.error["card"] == pytest.approx(once.error["card"])


def test_a_lead_that_is_looked_at_often_counts_as_one():
    """Rows that weigh a tenth each are one row, in the means and in the errors."""
    truth, label = market(5)
    blunt = np.clip(truth * 0.7 + 0.04, 0, 1)
    once = asked({"model": arm(truth), "card": arm(blunt)}, label)
    times = np.where(np.arange(N) < 1000, 10, 1)
    number = np.repeat(np.arange(N), times)
    arms = {"model": arm(truth[number]), "card": arm(blunt[number])}
    found = recommend(arms, rows_of(label[number], number), 1.0 / times[number], 500, 40)
    assert found.losses == pytest.approx(once.losses)
    assert found.error["card"] == pytest.approx(once.error["card"])
