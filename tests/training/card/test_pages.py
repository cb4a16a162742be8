"""The card's pages: what stands on them is the training's, and nothing on them is fetched or runs."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from features.errors import ConfigError
from features.facts.clock import format_moment
from leadquality.cli import app
from models.registry import RegistryError
from training.card.origins import origins_text
from training.card.pages import card_files, html, markdown
from training.card.version import model_card
from training.record import record_of


@pytest.fixture(scope="module")
def content(registered):
    record = record_of(registered.trained, registered.spec, {"frozen.digest": "0123456789abcdef"})
    return json.loads(record.texts["model_card.json"])


def test_figures_are_the_trainings(registered, content):
    page, told = html(content), markdown(content)
    comparison = registered.trained.comparison
    for arm in comparison.estimates:
        value = comparison.estimates[arm]["auc"]
        assert f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})" in told
        assert f"{value.value:.3f}<small>{value.low:.3f} to {value.high:.3f}</small>" in page
    pooled = registered.trained.backtest.pooled.estimates["model"]["auc"]
    assert f"{pooled.value:.3f} ({pooled.low:.3f} to {pooled.high:.3f})" in told
    assert registered.trained.recommendation.sentence in told
    counts = registered.dataset.manifest.counts
    assert f"| leads | {counts['leads']:,} |" in told


def test_both_pages_have_every_part(content):
    page, told = html(content), markdown(content)
    headings = re.findall(r"^## (.*)$", told, re.MULTILINE)
    assert headings == re.findall(r"<h2>(.*?)</h2>", page)
    assert {"Data", "Leaks", "Limits", "Where it must not be used", "What drives the score"} <= set(headings)
    for said in content["limits"]:
        assert said.replace("_", "\\_") in told
    assert page.count("<svg") == len(content["drivers"]) + 2
    assert "card, total recalibrated" in told
    assert ">card<br>total recalibrated</th>" in page


def test_the_backtest_is_drawn_on_both_pages(content, registered):
    folds = registered.trained.backtest.folds.folds
    assert [bar["name"] for bar in content["origins"]] == [*(f"origin {f.number}" for f in folds), "held out"]
    assert [bar["predicted"] for bar in content["origins"][:-1]] == [int(f.parts.test.sum()) for f in folds]
    assert content["origins"][-1]["predicted"] == registered.trained.comparison.n_rows
    page, lines = html(content), origins_text(content["origins"]).splitlines()
    assert page.count('class="known"') == page.count('class="undecided"') == len(folds) + 1
    assert (page.count('class="predicted"'), page.count('class="held"')) == (len(folds), 1)
    assert len(lines) == len(folds) + 3
    assert len({len(line) for line in lines[:-1]}) == 1, "dates stand above the bars' ends"
    for line, bar in zip(lines[1:-1], content["origins"], strict=True):
        assert line.split()[-2:] == [f"{bar['learnt']:,}", f"{bar['predicted']:,}"]
        assert re.search(r"=\.+[#@]" if bar is content["origins"][-1] else r"=\.+#", line)
        assert lines[0].index(format_moment(content["origins"][0]["first"])[:10]) == lines[1].index("=")
    assert all(line in markdown(content) for line in lines)


def test_a_card_of_before_there_were_pictures_is_still_shown(content):
    old = {key: value for key, value in content.items() if key != "origins"}
    assert "## Figures" in markdown(old)
    assert "<h2>Figures</h2>" in html(old)


def test_tables_have_as_many_cells_in_each_row(content):
    block: list[int] = []
    for line in [*markdown(content).splitlines(), ""]:
        if line.startswith("|"):
            block.append(len(re.findall(r"(?<!\\)\|", line)))
        elif block:
            assert len(block) > 2
            assert len(set(block)) == 1, line
            block = []


def test_the_page_needs_nothing_and_is_the_same_twice(content):
    page = html(content)
    assert page == html(json.loads(json.dumps(content)))
    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    for drawn in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawn)  # noqa: S314 - our own


def test_what_comes_from_the_data_is_no_markup(content):
    evil = "<script>alert(1)</script>|x"
    spoilt = json.loads(json.dumps(content))
    spoilt["data"]["source"] = evil
    spoilt["drivers"][0]["curve"][0]["at"] = "<b>&"
    spoilt["places"]["avoid"] = [{"feature": evil, "value": evil, "leads": 1, "opportunities": 0, "why": evil}]
    assert "<script" not in html(spoilt)
    assert "<b>&" not in html(spoilt)
    told = markdown(spoilt)
    assert "<script" not in told
    assert "\\|x" in told


def test_files_hold_plain_values(content):
    files = card_files(content)
    assert json.loads(files["model_card.json"]) == content
    assert "NaN" not in files["model_card.json"]


def test_how_leads_are_counted_is_said_and_a_long_list_is_cut(content):
    spoilt = json.loads(json.dumps(content))
    place = {"value": "x", "leads": 1, "opportunities": 0, "why": "Learnt from 1 lead with an opportunity."}
    spoilt["places"]["avoid"] = [place | {"feature": f"field {number}"} for number in range(14)]
    for page in (html(spoilt), markdown(spoilt)):
        assert "in every grade, that it had at some look" in page
        assert f"{content['figures'][-1]['leads']:,} held out" in page
        assert page.count("field ") == 10
        assert (
            f"14 of the {content['places']['checked']} segments looked at. 4 of them, of 4 more features" in page
        )


def test_grades_that_do_not_hold_are_limits(content):
    off = [row["group"] for row in content["calibration"]["by_grade"] if not row["holds"]]
    said = [said.split()[1] for said in content["limits"] if said.startswith("Grade ")]
    assert said == off


def test_rows_left_out_for_their_accounts_are_a_limit(content):
    footing = content["data"]["footing"]
    assert footing["test_apart_rows"] > 0
    [said] = [said for said in content["limits"] if said.startswith("Left out: ")]
    assert f"{footing['test_apart_rows']:,} rows of the held-out period" in said


def test_a_training_without_a_backtest_says_so(content):
    bare = {**content, "recommendation": None, "figures": content["figures"][-1:]}
    assert "Nothing is recommended: there is no backtest" in markdown(bare)
    assert "Nothing is recommended: there is no backtest" in html(bare)


def test_the_command_writes_what_the_name_asks_for(registered, tmp_path):
    uri = ["--tracking-uri", registered.uri]
    printed = CliRunner().invoke(app, ["model-card", "1", *uri])
    assert printed.exit_code == 0
    assert printed.stdout.startswith("# Model card: lead quality, version 1\n")
    page = tmp_path / "new" / "card.html"
    assert CliRunner().invoke(app, ["model-card", "1", "-o", str(page), *uri]).exit_code == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "version 1</h1>" in page.read_text()
    wrong = CliRunner().invoke(app, ["model-card", "1", "-o", str(tmp_path / "card.pdf"), *uri])
    assert isinstance(wrong.exception, ConfigError)
    with pytest.raises(RegistryError, match="no version or alias '9'"):
        model_card("9", registered.uri)
