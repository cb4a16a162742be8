"""``leadquality ledger``: what each command prints, and what it says where it cannot."""

from __future__ import annotations

import json

import pytest

from features.facts import Dataset
from serving.ledger import open_ledger
from serving.ledger.schema import REVISIONS
from tests.serving.ledger.made import event, file_receipts, lead, receipt, tell, title


@pytest.fixture
def told(tmp_path):
    file = tmp_path / "my.db"
    with open_ledger(str(file)) as ledger:
        tell(ledger, lead(), lead("L2", "acme"), title("VP"), event("e1"), event("e2", "gone"))
        file_receipts(ledger, receipt("r1"), receipt("r2", "L2"))
    return file


def test_info(leadquality, told):
    code, printed, _ = leadquality("ledger", "info", "--ledger", told)
    assert code == 0
    assert "lead facts" in printed
    assert json.loads(leadquality("ledger", "info", "--ledger", told, "--json")[1])["rows"]["receipts"] == 2


def test_the_environment_names_the_ledger(leadquality, told, monkeypatch):
    monkeypatch.setenv("LEADQUALITY_LEDGER", str(told))
    assert leadquality("ledger", "info")[1].splitlines()[0] == str(told)


def test_upgrade(leadquality, tmp_path):
    printed = leadquality("ledger", "upgrade", "--ledger", tmp_path / "new.db")[1]
    assert printed.endswith(f"made with schema {REVISIONS[-1]}\n")
    assert "is up to date" in leadquality("ledger", "upgrade", "--ledger", tmp_path / "new.db")[1]


def test_export(leadquality, told, tmp_path):
    code, printed, _ = leadquality("ledger", "export", "--into", tmp_path / "data", "--ledger", told)
    assert code == 0
    assert "2 leads, 1 attributes, 1 events" in printed
    assert "1 rows could not be taken" in printed
    assert Dataset.open(tmp_path / "data").manifest.source == "ledger"


def test_an_empty_ledger_cannot_be_exported(leadquality, tmp_path):
    open_ledger(str(tmp_path / "empty.db")).close()
    code, _, said = leadquality("ledger", "export", "--into", tmp_path / "data", "--ledger", tmp_path / "empty.db")
    assert code == 2
    assert "no usable lead" in said


def test_forget(leadquality, told):
    code, printed, _ = leadquality("ledger", "forget", "L1", "--ledger", told)
    assert code == 0
    assert "1 attributes, 1 events, 1 leads" in printed
    assert "receipts emptied: 1" in printed
    again = json.loads(leadquality("ledger", "forget", "L1", "--ledger", told, "--json")[1])
    assert (again["inputs"], again["receipts"]) == (0, 0)


def test_prune(leadquality, told):
    assert "2 receipts and 2 inputs" in leadquality("ledger", "prune", "--older-than", "1d", "--ledger", told)[1]
    code, _, said = leadquality("ledger", "prune", "--older-than", "soon", "--ledger", told)
    assert code == 2
    assert "--older-than: 'soon' is not a duration" in said


@pytest.mark.parametrize("command", [["info"], ["forget", "L1"], ["prune", "--older-than", "1d"]])
def test_a_ledger_that_is_not_there(leadquality, tmp_path, command):
    code, printed, said = leadquality("ledger", *command, "--ledger", tmp_path / "none.db")
    assert (code, printed) == (2, "")
    assert "no such ledger" in said
    assert "leadquality ledger upgrade" in said
    assert not (tmp_path / "none.db").exists()
