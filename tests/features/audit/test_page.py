"""The page and the JSON: whole, alike every time, safe with any text, without a request to anywhere."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from features.audit import Audit, Finding, Subject, audit_dataset
from features.audit.draw import calendar_svg
from features.facts import Dataset
from features.simulation import import_simulated
from leadquality.cli import main
from tests.features.audit.datasets import Market


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    market = Market()
    market.attribute("won_plan", ["plan" if won else None for won in market.y])
    market.attribute("note", ["<script>alert('x')</script>" if i % 2 else "b & c" for i in range(market.size)])
    return market.write(tmp_path_factory.mktemp("audit") / "<b>data")


def test_the_same_dataset_gives_the_same_bytes(planted):
    one, two = audit_dataset(planted), audit_dataset(Dataset.open(planted.path))
    assert one.to_json() == two.to_json()
    assert one.to_html() == two.to_html()


def test_json_holds_what_training_needs(planted):
    found = json.loads(audit_dataset(planted).to_json())
    assert found["digest"] == planted.manifest.digest
    assert [suspect["key"] for suspect in found["quarantined"]] == ["lead.won_plan"]
    assert found["summary"]["convicted"] == 1
    for finding in found["findings"]:
        assert finding["sentence"].endswith(".")
        assert finding["severity"] in {"convicted", "warning", "note"}
        assert finding["done"] in {"repaired", "quarantined", "left"}
        assert (finding["done"] == "quarantined") == (finding["severity"] == "convicted")
        if finding["severity"] == "convicted":
            assert finding["decide"]


def test_the_page_needs_nothing_else_and_no_text_of_the_data_runs(planted):
    page = audit_dataset(planted).to_html()
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:|//)", page)
    assert "<script" not in page
    assert "won_plan was very likely not known when the lead came" in page
    assert 'name="viewport"' in page


def test_names_in_pictures_are_escaped():
    drawn = calendar_svg({"months": ["2024-01"], "rows": [{"name": "<b>", "counts": [1]}]})
    assert "<b>" not in drawn


def test_suspects_are_named_once(tmp_path):
    subject = Subject("attribute", "tags", "lead")
    twice = tuple(
        Finding(check, "convicted", subject, "It leaks.", done="quarantined") for check in ("one", "another")
    )
    found = Audit("s", "d", "2024-01-01T00:00:00Z", undated=False, counts={}, findings=twice)
    assert [suspect.key for suspect in found.quarantined] == ["lead.tags"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_clean_simulated_market_has_no_conviction(tmp_path, seed):
    found = audit_dataset(import_simulated(6_000, seed, tmp_path / "market"))
    assert found.quarantined == ()
    assert found.count("convicted") == 0


def test_the_command_writes_both_and_says_what_it_found(planted, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["leadquality", "audit", str(planted.path), "--into", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert "1 convicted" in printed
    assert "lead.won_plan" in printed
    assert (tmp_path / "out" / "audit.html").is_file()
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["summary"]["convicted"] == 1


def test_a_dataset_without_events_opportunities_or_attributes_is_still_told_about(tmp_path):
    market = Market(size=50)
    market.y = np.zeros(market.size, dtype=bool)
    market.attributes = [market.attributes[0].iloc[:0]]
    market.events = [market.events[0].iloc[:0]]
    found = audit_dataset(market.write(tmp_path / "bare"))
    assert [f.check for f in found.findings] == ["few_outcomes"]
    assert "No finding" not in found.to_html()
