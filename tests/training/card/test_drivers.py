"""Which way features pull, on the trained model and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.card.drivers import UNKNOWN, drivers


@pytest.fixture(scope="module")
def found(registered):
    material = registered.trained.material
    rows = material.matrix[material.parts.test]
    return rows, drivers(registered.trained.model, rows, most=100)


def test_points_are_the_models_own(registered, found):
    rows, given = found
    model = registered.trained.model
    groups = model.contributions(rows)
    points = groups.values * model.scale.points_per_log_odds
    assert [entry["points"] for entry in given] == sorted((entry["points"] for entry in given), reverse=True)
    for entry in given:
        column = points[:, groups.groups.index(entry["group"])]
        assert entry["points"] == pytest.approx(np.abs(column).mean())
        # The parts of a curve are all rows, so that they average to the group's own mean.
        total = sum(part["points"] * part["rows"] for part in entry["curve"])
        if entry["ordered"]:
            assert sum(part["rows"] for part in entry["curve"]) == len(rows)
            assert total / len(rows) == pytest.approx(column.mean())
    assert sum(entry["share"] for entry in given) == pytest.approx(1.0)


def test_a_curve_goes_from_low_to_high_and_unknown_is_apart(registered, found):
    rows, given = found
    model = registered.trained.model
    names = {feature.label: number for number, feature in enumerate(model.feature_set.features)}
    for entry in given:
        values = rows[:, names[entry["feature"]]]
        unknown = [part["rows"] for part in entry["curve"] if part["at"] == UNKNOWN]
        assert sum(unknown) == np.isnan(values).sum()
        assert len({part["at"] for part in entry["curve"]}) == len(entry["curve"])


def test_most_are_the_strongest(registered, found):
    rows, given = found
    assert drivers(registered.trained.model, rows, most=2) == given[:2]
