"""Arms side by side on the same rows."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError, DataError
from training import metrics
from training.capacity import found_at_capacity, week_of
from training.comparison import Arm, Comparison, Estimate, compare_arms

DAY = 86_400_000_000
NAMES = [metric.name for metric in metrics.METRICS]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(12)
    n = 3000
    account = rng.integers(0, 700, n)
    x = 0.6 * rng.normal(size=700)[account] + rng.normal(size=n)
    return {
        "x": x,
        "labels": (rng.random(n) < sigmoid(x - 3)).astype(int),
        "clusters": np.array([f"acc-{a}" if a % 10 else None for a in account], dtype=object),
        "lead_ids": np.array([f"lead-{i}" for i in account * 3 + rng.integers(0, 3, n)], dtype=object),
        "as_of": rng.integers(0, 12 * 7, n) * DAY + 1_700_000_000_000_000,
    }


def compared(rows, arms, **how):
    given = {key: rows[key] for key in ("labels", "clusters", "lead_ids", "as_of")}
    return compare_arms(arms, **given, **({"capacity": 20, "reference": "card", "replicates": 200} | how))


@pytest.fixture(scope="module")
def arms(rows):
    x = rows["x"]
    points = np.round(2 * x + np.random.default_rng(1).normal(0, 2, len(x)))
    return {
        "card": Arm(points, sigmoid(0.3 * points - 3)),
        "model": Arm(x, sigmoid(x - 3)),
        "constant": Arm(np.zeros(len(x)), np.full(len(x), 0.05)),
    }


@pytest.fixture(scope="module")
def comparison(rows, arms):
    return compared(rows, arms)


def test_values_are_the_plain_measures(comparison, rows, arms):
    labels, model = rows["labels"], arms["model"]
    figures = comparison.estimates["model"]
    assert figures["auc"].value == pytest.approx(metrics.auc(model.score, labels))
    assert figures["log_loss"].value == pytest.approx(metrics.log_loss(model.probability, labels))
    assert figures["found_top_20"].value == pytest.approx(metrics.capture(model.score, labels, 0.2))
    picks = found_at_capacity(
        week_of(rows["as_of"]), rows["lead_ids"], model.score, labels, 20, as_of=rows["as_of"]
    )
    assert figures["found_at_capacity"].value == picks.hits
    assert comparison.n_opportunities == picks.opportunities


def test_counts_of_what_was_compared(comparison, rows):
    assert comparison.n_rows == 3000
    assert comparison.n_positives == rows["labels"].sum()
    no_account = np.array([account is None for account in rows["clusters"]])
    named = set(rows["clusters"][~no_account])
    assert comparison.n_accounts == len(named) + len(set(rows["lead_ids"][no_account]))
    assert comparison.n_leads == len(set(rows["lead_ids"]))
    assert comparison.n_weeks == len(np.unique(week_of(rows["as_of"])))
    assert comparison.arms == ("card", "model", "constant")


def test_the_better_arm_stands_better_and_intervals_hold_the_value(comparison):
    for metric in ("auc", "average_precision", "log_loss", "brier", "found_top_10", "found_at_capacity"):
        assert comparison.standing("model", metric) == "better", metric
        assert comparison.standing("constant", metric) == "worse", metric
    assert comparison.standing("model", "calibration_slope") == "unclear"
    assert comparison.standing("card", "auc") == "unclear"
    for figure in comparison.estimates["model"].values():
        assert figure.low <= figure.value <= figure.high


def test_a_paired_difference_is_much_better_known_than_two_arms_apart(rows):
    x = rows["x"]
    nearly = x + np.random.default_rng(4).normal(0, 0.15, len(x))
    found = compared(rows, {"card": Arm(nearly, sigmoid(nearly - 3)), "model": Arm(x, sigmoid(x - 3))})
    for metric in ("auc", "log_loss", "brier", "average_precision"):
        widths = [found.estimates[arm][metric].high - found.estimates[arm][metric].low for arm in found.arms]
        gap = found.differences["model"][metric]
        assert gap.high - gap.low < 0.5 * np.hypot(*widths), metric


def test_an_arm_beside_itself_differs_by_nothing(rows, arms):
    found = compared(rows, {"card": arms["card"], "again": arms["card"]}, replicates=20)
    assert set(found.differences["again"].values()) == {Estimate(0.0, 0.0, 0.0)}
    assert {found.standing("again", metric) for metric in NAMES} == {"unclear"}


def test_the_same_seed_gives_the_same_figures(rows, arms):
    first = compared(rows, arms, replicates=20, seed=3).to_json()
    assert first == compared(rows, arms, replicates=20, seed=3).to_json()
    assert first != compared(rows, arms, replicates=20, seed=4).to_json()


def test_frame_is_tidy_and_the_reference_has_no_difference(comparison):
    frame = comparison.to_frame()
    assert list(frame) == [
        "arm", "metric", "value", "low", "high", "difference", "difference_low", "difference_high",
    ]  # fmt: skip
    assert len(frame) == 3 * len(NAMES)
    assert frame.loc[frame["arm"] == "card", "difference"].isna().all()
    row = frame.set_index(["arm", "metric"]).loc[("model", "auc")]
    assert row["difference"] == pytest.approx(
        comparison.estimates["model"]["auc"].value - comparison.estimates["card"]["auc"].value
    )


def test_json_holds_null_where_a_figure_does_not_exist(comparison):
    plain = json.loads(comparison.to_json())
    assert plain["estimates"]["constant"]["calibration_slope"] == {"value": None, "low": None, "high": None}
    assert plain["differences"]["constant"]["calibration_slope"]["value"] is None
    assert plain["reference"] == "card"
    assert plain["n_positives"] == comparison.n_positives


def settled(found, other, low, high, *, positive_accounts=90):
    """A comparison with the given hits of model and card and interval of their difference."""
    auc = {"auc": Estimate(0.8, 0.7, 0.9)}
    return Comparison(
        reference="card", capacity=40, n_rows=5000, n_positives=150, n_accounts=800,
        n_accounts_positive=positive_accounts, n_leads=1500, n_opportunities=132, n_weeks=12, replicates=500,
        seed=0,
        estimates={
            "model": auc | {"found_at_capacity": Estimate(found, found - 9, found + 9)},
            "card": auc | {"found_at_capacity": Estimate(other, other - 9, other + 9)},
        },
        differences={
            "model": {"found_at_capacity": Estimate(found - other, low, high), "auc": Estimate(0.0, -0.01, 0.01)}
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "low", "high", "ending"),
    [
        (61, 12, 34, "23 more (95 % interval 12 to 34)."),
        (40, -5, 9, "no clear difference (95 % interval of the difference -5 to 9)."),
        (30, -14, -2, "8 fewer (95 % interval 2 to 14)."),
    ],
)
def test_verdict_in_plain_words(found, low, high, ending):
    verdict = settled(found, 38, low, high).verdict()
    assert verdict.startswith(
        f"The model finds {found} of 132 opportunities at 40 leads a week, the card 38: {ending} "
    )
    assert "ranks neither clearly better nor clearly worse than the card: AUC 0.800 against 0.800" in verdict
    assert "too narrow" not in verdict


@pytest.mark.parametrize(
    ("a", "b", "opening", "beside"),
    [
        ("version 2", "version 1", "Version 2 finds 61", "version 1"),
        ("version 2", "the base rate", "Version 2 finds 61", "the base rate"),
        ("version 2", "card b2b@1", "Version 2 finds 61", "the card b2b@1"),
        ("model", "constant", "The model finds 61", "the constant"),
    ],
)
def test_arms_are_called_as_people_call_them(a, b, opening, beside):
    one = settled(61, 38, 12, 34)
    named = replace(
        one,
        reference=b,
        estimates={a: one.estimates["model"], b: one.estimates["card"]},
        differences={a: one.differences["model"]},
    )
    verdict = named.verdict()
    assert verdict.startswith(opening)
    assert f"a week, {beside} 38: " in verdict
    assert f"clearly worse than {beside}: AUC" in verdict


def test_where_everybody_is_called_the_verdict_says_that_it_tells_nothing():
    verdict = replace(settled(38, 38, 0, 0), everybody_called=True).verdict()
    assert verdict.startswith(
        "At 40 leads a week every lead is called in its first week, whoever ranks them: what is found at capacity "
        "tells nothing. Over all rows the model ranks neither clearly better nor clearly worse than the card: AUC"
    )
    assert "finds" not in verdict


def test_a_capacity_at_the_supply_of_leads_is_noticed(rows, arms):
    week, lead = week_of(rows["as_of"]), rows["lead_ids"]
    first = pd.Series(week).groupby(pd.Series(lead)).min()
    most = int(first.value_counts().max())
    enough, scarce = (compared(rows, arms, capacity=n, replicates=10) for n in (most, most - 1))
    assert (enough.everybody_called, scarce.everybody_called) == (True, False)
    found = {arm: figures["found_at_capacity"].value for arm, figures in enough.estimates.items()}
    assert len(set(found.values())) == 1
    assert enough.to_dict()["everybody_called"] is True


def test_verdict_warns_of_too_few_accounts():
    verdict = settled(61, 38, 12, 34, positive_accounts=11).verdict()
    assert verdict.endswith("Only 11 accounts have an opportunity: the intervals are too narrow.")


def test_default_capacity_is_about_a_tenth_of_a_week(rows, arms):
    found = compared(rows, {"card": arms["card"]}, capacity=None, replicates=5)
    assert 15 <= found.capacity <= 25
    assert found.differences == {}


def test_refusals(rows, arms):
    with pytest.raises(ConfigError, match="reference 'crad' is not one of the arms\nHint: did you mean 'card'"):
        compared(rows, arms, reference="crad")
    with pytest.raises(DataError, match="0 of the 3000 held-out rows are opportunities"):
        compared(rows | {"labels": np.zeros(3000)}, arms)
    with pytest.raises(DataError, match="leave undecided rows out"):
        compared(rows | {"labels": np.full(3000, np.nan)}, arms)
    good = arms["card"]
    for bad, message in [
        (Arm(np.zeros(2), good.probability), "arm 'card': score has shape"),
        (Arm(good.score, np.full(3000, np.nan)), "arm 'card': probability holds 3000 non-finite"),
        (Arm(good.score, np.full(3000, 1.5)), "arm 'card': probability reaches from 1.5 to 1.5"),
    ]:
        with pytest.raises(ValueError, match=message):
            compared(rows, {"card": bad})


def test_rows_that_weigh_a_part_of_their_lead_count_as_one_row(rows, arms):
    """Every row twice at half the weight is every row once; only calls are counted whole."""
    twice = np.arange(len(rows["labels"])).repeat(2)
    doubled = {key: np.asarray(column)[twice] for key, column in rows.items()}
    halved = {
        name: Arm(np.asarray(arm.score)[twice], np.asarray(arm.probability)[twice]) for name, arm in arms.items()
    }
    once = compared(rows, arms).to_frame()
    found = compared(doubled, halved, weights=np.full(len(twice), 0.5)).to_frame()
    figures = ["value", "low", "high", "difference", "difference_low", "difference_high"]
    np.testing.assert_allclose(found[figures], once[figures], rtol=1e-6, atol=1e-9)


def test_nobody_finds_more_than_there_are(rows, arms):
    everybody = compared(rows, arms, capacity=10_000)
    for figures in everybody.estimates.values():
        assert figures["found_at_capacity"].high <= everybody.n_opportunities
