"""The commands on cards, as people type them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.errors import ConfigError
from features.simulation import import_simulated
from leadquality.cli import app
from tests.models.card.check.base import BASE, spoiled


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return import_simulated(150, 3, tmp_path_factory.mktemp("market") / "data").path


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(BASE)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["card", *map(str, arguments)])


def refused(*arguments):
    found = run(*arguments)
    assert isinstance(found.exception, ConfigError), found.output
    return found.exception.message


def test_check_prints_every_fault_with_its_place_and_ends_with_1(card):
    found = run("check", card)
    assert (found.exit_code, found.output) == (0, f"{card}: no fault found\n")
    card.write_text(spoiled("points: 20", "points: lots").replace("{A: 40, B: 20", "{A: 4, B: 20"))
    found = run("check", card)
    assert found.exit_code == 1
    assert found.output == (
        f"{card}:11:15: error: rule 'Boss': points: expected a whole number, seen 'lots'\n"
        f"{card}:32:9: error: grades: must descend, A > B > C; seen 4, 20, 5\n"
        f"{card}: 2 errors, 0 warnings\n"
    )


def test_warnings_count_only_where_asked(card):
    card.write_text(spoiled("between: [null, 50]", "between: [null, 500]"))
    assert run("check", card).exit_code == 0
    found = run("check", card, "--strict")
    assert found.exit_code == 1
    assert found.output.endswith("mine.yaml: 0 errors, 1 warning\n")


def test_check_against_data(card, market):
    card.write_text(spoiled("event: webinar", "event: webinars"))
    found = run("check", card, "--data", market)
    assert found.exit_code == 1
    assert "the data have no event kind 'webinars'\n    did you mean 'webinar'?\n" in found.output


def test_sign_then_show_then_diff(card, tmp_path):
    old = tmp_path / "old.yaml"
    old.write_text(spoiled("points: 20", "points: 25"))
    found = run("sign", card, "--by", "Ann", "--on", "2025-03-05")
    assert found.exit_code == 0
    assert f"{card}: signed as small@" in found.output
    assert "Signed by Ann on 2025-03-05." in run("show", card).output
    assert "  Boss: 20 points instead of 25\n" in run("diff", old, card).output
    assert "  the same in everything\n" in run("diff", card, card).output
    assert "--on someday: not a day" in refused("sign", old, "--by", "Ann", "--on", "someday")


def test_show_marks_what_the_data_lack(card, market):
    card.write_text(spoiled("event: web_visit", "event: fax"))
    assert "Fresh visit: 5 points with the last fax at most 7 days ago (the data have nothing of this)" in run(
        "show", card, "--data", market
    ).output.replace("\n", " ")


def test_schema_is_json_printed_or_written(tmp_path):
    printed = json.loads(run("schema").output)
    run("schema", "-o", tmp_path / "card.json")
    assert json.loads((tmp_path / "card.json").read_text()) == printed
    assert "cannot be written" in refused("schema", "-o", tmp_path / "none" / "card.json")


def test_replay_writes_or_prints(card, market, tmp_path):
    found = run("replay", market, "--card", card, "--as-of", "now", "--into", tmp_path / "points.parquet")
    assert found.exit_code == 0, found.output
    frame = pd.read_parquet(tmp_path / "points.parquet")
    assert f"{len(frame):,} rows of small@" in found.output
    best = frame.sort_values("points").iloc[-1]
    printed = run("replay", market, "--card", card, "--as-of", "now", "--lead", best["lead_id"]).output
    assert f": {best['points']} points, grade {best['grade']}, {best['cell']} " in printed


def test_replay_refuses_what_it_cannot_mean(card, market, tmp_path):
    into = ("--into", tmp_path / "points.parquet")
    assert "give either --as-of or --weekly" in refused("replay", market, "--card", card, *into)
    assert "give either --as-of or --weekly" in refused(
        "replay", market, "--card", card, "--weekly", "--as-of", "now", *into
    )
    assert "give either --into for all leads, or --lead" in refused("replay", market, "--card", card, "--weekly")
    assert "ends in .parquet" in refused(
        "replay", market, "--card", card, "--weekly", "--into", tmp_path / "x.csv"
    )
    assert "not an ISO 8601 moment" in refused("replay", market, "--card", card, "--as-of", "soon", *into)
