import json

import numpy as np
import pytest
from typer.testing import CliRunner

from features.errors import ConfigError
from features.facts import Dataset
from features.simulation import import_simulated
from leadquality.cli import app
from models.card import read_card
from tests.training.duel.hand import Event, Lead, write_market
from training.material import shipped
from training.rules.on_dataset import judge_on, refit_on, stand_card


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "data"
    import_simulated(1500, 5, path)
    return path


def run(*words):
    result = CliRunner().invoke(app, list(map(str, words)))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_the_rows_are_the_decided_ones_and_give_the_card_s_own_points(market):
    stood = stand_card("b2b_example", Dataset.open(market))
    rows = stood.rows(stood.decided)
    assert len(rows) == len(stood.ground.learn.decided) + len(stood.ground.held.decided)
    plan_total = rows.card.total_of(rows.points)
    np.testing.assert_array_equal(plan_total, rows.total)
    assert rows.weight.sum() == pytest.approx(rows.leads(np.ones(len(rows), bool)))


def test_judge_prints_every_rule_and_its_json_has_a_verdict_for_each(market):
    shown = run("card", "judge", market, "--card", "b2b_example")
    content = json.loads(run("card", "judge", market, "--card", "b2b_example", "--json"))
    assert [one["rule"] for one in content["rules"]] == [
        rule.name for rule in stand_card("b2b_example", Dataset.open(market)).card.card.rules
    ]
    assert all(one["words"] in shown for one in content["rules"])


def test_refit_writes_a_card_that_reads_back_unsigned(market, tmp_path):
    # In this market bought addresses hardly ever become opportunities: a card that rewards them needs mending.
    wrong = tmp_path / "card.yaml"
    text = shipped("cards", "b2b_example").read_text(encoding="utf-8")
    wrong.write_text(text.replace("points: -10", "points: 80"), encoding="utf-8")
    into = tmp_path / "new.yaml"
    shown = run("card", "refit", market, "--card", wrong, "--changes", 1, "--into", into)
    card = read_card(into)
    assert card.signed is None
    assert card.agreed.replaces == read_card(wrong).label
    assert "1. " in shown
    changed = {rule.name for rule in read_card(wrong).rules} - {rule.name for rule in card.rules} or {
        new.name for old, new in zip(read_card(wrong).rules, card.rules, strict=True) if old != new
    }
    assert changed == {"Purchased list"}


def test_a_card_with_nothing_to_change_is_not_written_and_that_is_said(market, tmp_path):
    into = tmp_path / "new.yaml"
    shown = run("card", "refit", market, "--card", "b2b_example", "--into", into)
    assert "No change of b2b_example" in shown
    assert f"{into}: not written, since no change is proposed: go on with b2b_example" in shown
    assert not into.exists()


@pytest.mark.parametrize("command", [judge_on, refit_on])
def test_data_without_opportunities_are_not_told_to_train_otherwise(tmp_path, command):
    leads = [Lead(f"a{n}", f"p{n}", created=n * 3 - 20) for n in range(100)]
    dataset = write_market(tmp_path / "none", leads, [], 400, [Event("a1", 0.0, "webinar")])
    with pytest.raises(ConfigError, match="0 of 100 leads have an opportunity") as caught:
        command("b2b_example", dataset)
    assert "--horizon" not in str(caught.value)
    assert "test_from" not in str(caught.value)


def test_refit_writes_over_nothing(market, tmp_path):
    (tmp_path / "there.yaml").write_text("kept", encoding="utf-8")
    with pytest.raises(ConfigError, match="is there already"):
        run("card", "refit", market, "--card", "b2b_example", "--into", tmp_path / "there.yaml")
    assert (tmp_path / "there.yaml").read_text(encoding="utf-8") == "kept"


def test_no_change_at_all_is_not_a_number_of_changes(market):
    with pytest.raises(ConfigError, match="at least 1"):
        refit_on("b2b_example", Dataset.open(market), changes=0)
