"""Where there is nothing to find, nothing is found; where the card is the truth, the card is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.null_test import drawn_from_card, put_through, shuffled_within_month


@pytest.fixture(scope="module")
def nothing(registered):
    material = shuffled_within_month(registered.trained.material, registered.spec.horizon_us, seed=1)
    return put_through(material, registered.spec)


def test_shuffling_keeps_what_is_decided_and_each_months_opportunities(registered):
    rows = registered.trained.material.rows
    shuffled = shuffled_within_month(registered.trained.material, registered.spec.horizon_us, seed=1).rows
    months = rows.as_of.astype("datetime64[us]").astype("datetime64[M]")
    np.testing.assert_array_equal(shuffled.label < 0, rows.label < 0)
    assert (shuffled.label != rows.label).any()
    whole = [one for one in np.unique(months) if (rows.label[months == one] >= 0).all()]
    assert len(whole) >= 3
    for one in whole:
        assert rows.label[months == one].sum() == shuffled.label[months == one].sum()


def test_no_arm_ranks_shuffled_outcomes(nothing):
    for comparison in (nothing.held_out, nothing.backtest):
        for arm, figures in comparison.estimates.items():
            assert figures["auc"].low <= 0.5 <= figures["auc"].high, arm


def test_the_model_does_not_pretend_to_know_shuffled_outcomes(nothing):
    losses = {arm: figures["log_loss"].value for arm, figures in nothing.held_out.estimates.items()}
    assert abs(losses["model"] - losses["constant"]) < 0.01
    assert nothing.recommendation.arm in {"constant", "card"}


def test_a_leak_put_into_the_features_is_found_by_the_same_test(registered):
    """The null test can fail: with the answer among the features, the AUC is far from 0.5."""
    material = shuffled_within_month(registered.trained.material, registered.spec.horizon_us, seed=1)
    matrix = material.matrix.copy()
    matrix[:, material.feature_set.position("lead_age")] = material.rows.label
    auc = put_through(replace(material, matrix=matrix), registered.spec).held_out.estimates["model"]["auc"]
    assert auc.low > 0.9


def test_where_the_card_is_the_truth_it_is_kept(registered):
    material = drawn_from_card(registered.trained.material, registered.spec.horizon_us, seed=2)
    found = put_through(material, registered.spec)
    assert found.recommendation.arm in {"card", "recalibrated"}
    assert found.held_out.estimates["card"]["auc"].low > 0.55
