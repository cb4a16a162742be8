"""Contributions under a bent calibration: exact, in the features' own direction, not torn apart by a step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.answer import adds_up, score_matrix
from models.calibration import BetaCurve, LogitLine, VennAbers
from models.calibration.bend import LEAST_SLOPE, MOST_SLOPE, carry
from models.scorer import START_GROUP


def steps(model, matrix):
    raw = model.raw_total(matrix)
    label = np.random.default_rng(0).random(len(raw)) < 1 / (1 + np.exp(-raw))
    return VennAbers.fit(raw, label)


def calibrations(model, matrix):
    return [LogitLine(slope=0.9, intercept=-0.2), BetaCurve(a=0.5, b=2.0, c=-0.3), steps(model, matrix)]


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("start", [None, LogitLine(slope=0.05, intercept=-2.0)])
def test_contributions_add_up_under_any_calibration(model, matrix, kind, start):
    bent = replace(model, calibration=calibrations(model, matrix)[kind], start=start)
    single, total = bent.feature_contributions(matrix), bent.total(matrix)
    np.testing.assert_allclose(single.base + single.values.sum(axis=1), total, atol=1e-9, rtol=0)
    grouped = bent.by_group(single)
    np.testing.assert_allclose(grouped.base + grouped.values.sum(axis=1), total, atol=1e-9, rtol=0)
    assert adds_up(single, total).all()
    batch = score_matrix(bent, matrix)
    assert batch.exact.all()
    np.testing.assert_array_equal(batch.probability, bent.probability(matrix))


def test_under_a_curve_every_feature_keeps_its_share(model, matrix):
    bent = replace(model, calibration=BetaCurve(a=0.5, b=2.0, c=-0.3))
    line = replace(model, calibration=LogitLine(slope=1.0, intercept=0.0))
    given, raw = bent.feature_contributions(matrix).values, line.feature_contributions(matrix).values
    ratio = given / np.where(raw == 0, np.nan, raw)
    spread = np.nanmax(ratio, axis=1) - np.nanmin(ratio, axis=1)
    assert np.nanmax(spread) < 1e-9
    assert np.nanmin(ratio) >= 0.5 - 1e-9
    assert np.nanmax(ratio) <= 2.0 + 1e-9


def test_a_curve_that_is_a_line_carries_as_the_line(model, matrix):
    line = replace(model, calibration=LogitLine(slope=0.7, intercept=-0.1)).feature_contributions(matrix)
    curve = replace(model, calibration=BetaCurve(a=0.7, b=0.7, c=-0.1)).feature_contributions(matrix)
    np.testing.assert_allclose(curve.values, line.values, atol=1e-9)
    assert curve.base == pytest.approx(line.base)


ONE_STEP = VennAbers(low_from=(-9.0, 0.001), low=(0.01, 0.3), high_until=(0.001, 9.0), high=(0.02, 0.4))


def test_next_to_a_step_nothing_explodes():
    values = np.array([[2.0, -1.998]])
    jump = float(np.diff(ONE_STEP.log_odds(np.array([0.0, 0.002])))[0])
    found, base = carry(ONE_STEP, values, 0.0, np.array([0.002]))
    assert found.sum() == pytest.approx(jump)
    assert base == pytest.approx(float(ONE_STEP.log_odds(np.zeros(1))[0]))
    assert np.abs(found).max() <= MOST_SLOPE * 2.0 + jump
    assert found[0, 0] > 0


def test_within_a_step_reasons_remain():
    values = np.array([[0.8, -0.3, 0.0]])
    found, _ = carry(ONE_STEP, values, -2.0, np.array([-1.5]))
    assert found.sum() == pytest.approx(0.0)
    assert found[0, 0] > 0 > found[0, 1]
    assert found[0, 2] == 0
    assert found[0, 0] >= LEAST_SLOPE * 0.8 - 0.25 * 0.5


def test_a_lead_at_the_base_is_the_base():
    for calibration in (BetaCurve(a=0.5, b=2.0, c=0.1), ONE_STEP):
        found, base = carry(calibration, np.zeros((1, 3)), -1.0, np.array([-1.0]))
        assert found.tolist() == [[0.0, 0.0, 0.0]]
        assert base == float(calibration.log_odds(np.array([-1.0]))[0])


def test_trees_that_began_from_the_card_have_its_points_as_a_group(model, matrix):
    start = LogitLine(slope=0.05, intercept=-2.0)
    begun = replace(model, start=start, calibration=LogitLine(slope=1.0, intercept=0.0))
    points = model.card.total(matrix[:, model.card_columns])
    trees = replace(model, calibration=LogitLine(slope=1.0, intercept=0.0))
    np.testing.assert_allclose(begun.raw_total(matrix), trees.total(matrix) + start.log_odds(points))
    grouped = begun.contributions(matrix)
    assert grouped.groups == (*model.groups, START_GROUP)
    np.testing.assert_allclose(grouped.values[:, -1], 0.05 * points)
    np.testing.assert_allclose(grouped.values[:, :-1], trees.contributions(matrix).values)
    most = int(np.argmax(points))
    said = [text for text in score_matrix(begun, matrix[[most]]).reasons[0] if text.startswith("Agreed points")]
    assert said[0].startswith(f"Agreed points: {points[most]:.0f} (+")


def test_a_start_without_a_card_is_refused(model):
    with pytest.raises(ValueError, match="began from a card"):
        replace(model, card=None, start=LogitLine(slope=0.05, intercept=-2.0))
