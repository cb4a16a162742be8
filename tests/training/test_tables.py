"""The comparison in the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from training.comparison import Arm, compare_arms
from training.tables import arms_table, comparison_table


@pytest.fixture(scope="module")
def comparison():
    rng = np.random.default_rng(0)
    n = 1500
    x = rng.normal(size=n)
    label = rng.random(n) < 1 / (1 + np.exp(2.5 - 1.5 * x))
    points = np.round(x + rng.normal(size=n))
    arms = {
        "model": Arm(x, 1 / (1 + np.exp(2.5 - 1.5 * x))),
        "card": Arm(points, 1 / (1 + np.exp(2.5 - 0.5 * points))),
        "constant": Arm(np.zeros(n), np.full(n, label.mean())),
    }
    week = rng.integers(0, 8, n) * 7 * 86_400_000_000
    return compare_arms(arms, label, np.arange(n) // 3, np.arange(n) // 2, week, 15, "card", replicates=100)


def printed(table, width):
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_figure_is_there_whole(comparison, width):
    text = printed(comparison_table(comparison, width), width)
    auc = comparison.estimates["model"]["auc"]
    assert f"{auc.low:.3f} to {auc.high:.3f}" in text
    assert "…" not in text
    assert "model − card" in text, text
    assert "nan" not in text
    assert max(map(len, text.splitlines())) <= width


def test_a_narrow_terminal_goes_without_the_constant(comparison):
    wide = [column.header for column in comparison_table(comparison, 120).columns]
    narrow = [column.header for column in comparison_table(comparison, 80).columns]
    card = "card\nrate by grade"
    assert wide == ["measure", "model", card, "constant", "model − card"]
    assert narrow == ["measure", "model", card, "model − card"]


def test_a_card_in_a_comparison_says_where_its_probability_is_from(comparison):
    named = {"model": "version 2", "card": "card mine@12ab34cd", "constant": "recalibrated"}

    def called(figures):
        return {named[arm]: found for arm, found in figures.items()}

    renamed = replace(
        comparison,
        reference=named["card"],
        estimates=called(comparison.estimates),
        differences=called(comparison.differences),
    )
    headers = [column.header for column in comparison_table(renamed).columns]
    assert headers[1:] == [
        "version 2",
        "card mine@12ab34cd\ntotal recalibrated",
        "card\ntotal recalibrated",
        "version 2\n− card mine@12ab34cd",
    ]


def test_a_capacity_that_nobody_gave_says_where_it_is_from(comparison):
    chosen = replace(comparison, capacity_chosen=True)
    said = (
        "15 a week is a tenth of the leads that a middling week of these rows has; --capacity sets the team's own."
    )
    assert comparison_table(chosen).caption.endswith(said)
    assert arms_table(chosen).caption.endswith(said)
    assert "tenth" not in comparison_table(comparison).caption


def test_one_row_per_measure_in_plain_words(comparison):
    table = comparison_table(comparison)
    names = [cell.plain for cell in table.columns[0].cells]
    assert names[0] == "AUC\nhigher is better"
    assert names[4] == "calibration slope\n1 is right"
    assert names[-1] == f"found at 15 a week\nof {comparison.n_opportunities} opportunities"
    table = comparison_table(replace(comparison, everybody_called=True))
    assert list(table.columns[0].cells)[-1].plain == "found at 15 a week\nall are called: says nothing"
    assert len(names) == 10
    assert table.title.startswith("Held out: 1,500 rows")


def test_marks_follow_the_interval_and_not_the_value(comparison):
    columns = [list(column.cells) for column in comparison_table(comparison).columns]
    names = [text.plain.splitlines()[0] for text in columns[0]]
    by_name = dict(zip(names, zip(*columns[1:], strict=True), strict=True))
    _, _, constant, difference = by_name["AUC"]
    assert "▲ +" in difference.plain
    assert constant.plain.startswith("0.500")
    assert by_name["calibration slope"][2].plain == "does not exist", "a constant has no slope"
    assert not set("▲▼") & set(by_name["calibration slope"][3].plain)


def test_every_arm_has_a_row_in_the_short_table(comparison):
    table = arms_table(comparison)
    assert list(table.columns[0].cells) == ["model", "card\nrate by grade", "constant"]
    assert table.columns[3].header == f"found at 15 a week\nof {comparison.n_opportunities} opportunities"
    assert "--capacity" not in table.caption, "it was given"
    shown = [cell.plain for cell in table.columns[1].cells]
    auc = comparison.estimates[comparison.arms[0]]["auc"]
    assert shown[0] == f"{auc.value:.3f} {auc.low:.3f} to {auc.high:.3f}"
    assert table.title.startswith("Backtest: 1,500 rows")
