"""Figures: the series they draw, the words on their axes, and that nothing global is touched."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from training import plots


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 20, 4000)
    return probability, rng.random(4000) < probability


def drawn(figure, tmp_path):
    path = tmp_path / "figure.png"
    figure.savefig(path)
    assert path.stat().st_size > 5000
    return figure.axes


@pytest.mark.parametrize(
    ("positives", "rows", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_interval_against_published_values(positives, rows, low, high):
    # 81 of 263 is the worked example of Newcombe 1998, Statistics in Medicine 17:857, table I.
    found = plots.wilson_interval([positives], [rows])
    assert [float(end[0]) for end in found] == pytest.approx([low, high], abs=1e-4)


def test_reliability_bins_by_hand_and_ties_stay_together():
    found = plots.reliability_bins([0.1, 0.1, 0.1, 0.4, 0.6], [0, 0, 1, 0, 1], bins=2)
    assert found.rows.tolist() == [3, 2]
    assert found.predicted == pytest.approx([0.1, 0.5])
    assert found.observed == pytest.approx([1 / 3, 1 / 2])


def test_reliability_bins_are_equal_parts(rows):
    found = plots.reliability_bins(*rows, bins=8)
    assert found.rows.tolist() == [500] * 8
    assert (np.diff(found.predicted) > 0).all()


def test_one_single_probability_is_one_bin():
    assert plots.reliability_bins(np.full(9, 0.2), np.ones(9)).rows.tolist() == [9]


@pytest.mark.parametrize("log", [False, True])
def test_reliability_figure_has_a_panel_and_a_histogram_per_arm(rows, log, tmp_path):
    probability, label = rows
    figure = plots.reliability_figure(
        {"model": probability, "card": np.round(probability, 2) + 0.005}, label, log=log
    )
    axes = drawn(figure, tmp_path)
    assert [panel.get_title() for panel in axes[:2]] == ["model", "card"]
    assert axes[0].get_ylabel() == "share that became opportunities"
    assert axes[2].get_xlabel() == "probability promised"
    assert axes[0].get_xscale() == ("log" if log else "linear")
    series = axes[0].containers[0].lines[0]
    np.testing.assert_allclose(series.get_ydata(), plots.reliability_bins(probability, label).observed)
    assert sum(bar.get_height() for bar in axes[2].patches) == 4000, "every row is in the histogram"


def test_gains_figure_draws_every_arm(rows, tmp_path):
    probability, label = rows
    scores = {"model": probability, "constant": np.zeros(4000)}
    gains, lift = drawn(plots.gains_figure(scores, label), tmp_path)
    lines = {line.get_label(): line for line in gains.get_lines()}
    assert set(lines) == {"perfect order", "random order", "model", "constant"}
    np.testing.assert_allclose(lines["constant"].get_ydata(), [0, *plots.SHARES])
    assert lines["model"].get_ydata()[-1] == 1
    assert lines["model"].get_linestyle() != lines["constant"].get_linestyle()
    assert lift.get_ylabel() == "lift over random order"


def test_importance_figure_puts_the_largest_above(tmp_path):
    (panel,) = drawn(plots.importance_figure(["a", "b", "c"], [1.0, 3.0, 2.0], top=2), tmp_path)
    assert [text.get_text() for text in panel.get_yticklabels()] == ["c", "b"]
    assert [bar.get_width() for bar in panel.patches] == [2.0, 3.0]
    assert panel.get_xlabel() == "mean share of the score, in points"


def test_capacity_figure_marks_the_capacity_and_all_there_is(tmp_path):
    figure = plots.capacity_figure([5, 10], {"model": [3, 6], "card": [2, 5]}, opportunities=9, capacity=10)
    (panel,) = drawn(figure, tmp_path)
    assert [text.get_text().strip() for text in panel.texts] == ["all 9", "10 a week"]
    lines = {line.get_label(): list(line.get_ydata()) for line in panel.get_lines()}
    assert lines["model"] == [3, 6]
    assert lines["card"] == [2, 5]
    assert panel.get_xlabel() == "leads called a week"


def test_pyplot_is_never_imported():
    code = "import sys, training.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
