"""``leadquality receipt``: what it prints and how it ends."""

from __future__ import annotations

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from features.errors import LeadQualityError
from leadquality.cli import app
from models.registry import Registry
from serving.app import create_app
from serving.ledger import open_ledger
from serving.software import this_software
from tests.serving.conftest import TestClient


@pytest.fixture
def kept(registered, tmp_path, clock, lead):
    """Score two leads with the registered version 1; return the ledger's file and the receipts' ids."""
    file = str(tmp_path / "ledger.db")
    with open_ledger(file, durability="process", patience=20) as ledger:
        client = TestClient(create_app(Registry(registered.uri).load("1"), clock, ledger))
        ids = [client.post("/v1/score", json=lead | {"lead_id": lead_id}).json()["receipt_id"] for lead_id in "ab"]
    return file, ids


def run(*words):
    return CliRunner().invoke(app, ["receipt", *words])


def change(file, statement):
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()


def test_show_and_verify(kept, registered):
    file, ids = kept
    where = ("--ledger", file, "--tracking-uri", registered.uri)
    shown = run("show", ids[0], *where)
    assert shown.exit_code == 0, shown.output
    assert "lead_id         a" in shown.output
    assert "reason_1" in shown.output
    told = json.loads(run("show", ids[0], "--json", *where).stdout)
    assert told["features"]
    assert told["input"]["events"]
    one = run("verify", ids[0], *where)
    assert (one.exit_code, one.stderr.strip()) == (0, f"{ids[0]}: verified")
    every = run("verify", "--all", *where)
    assert (every.exit_code, every.stdout.strip()) == (0, "2 verified")


def test_a_mismatch_ends_with_1(kept, registered):
    file, ids = kept
    change(file, f"UPDATE receipts SET answer = replace(answer, '7', '8') WHERE receipt_id = '{ids[1]}'")
    where = ("--ledger", file, "--tracking-uri", registered.uri)
    every = run("verify", "--all", "--json", *where)
    assert every.exit_code == 1
    assert json.loads(every.stdout) == {"verified": 1, "mismatch": 1}
    assert f"{ids[1]}: mismatch" in every.stderr
    assert "computed" in every.stderr
    assert run("verify", ids[0], *where).exit_code == 0


def test_other_words_of_other_software_are_counted_and_no_failure(kept, registered):
    file, ids = kept
    where = ("--ledger", file, "--tracking-uri", registered.uri)
    assert json.loads(run("show", ids[0], "--json", *where).stdout)["software"] == this_software()
    reworded = "json_set(answer, '$.reason_1', 'As it was said then')"
    change(file, f"UPDATE receipts SET software = '0.0.9+ab', answer = {reworded}")
    one = run("verify", ids[0], *where)
    assert one.exit_code == 0
    assert "the same figures, other words: made by 0.0.9+ab, this is" in one.stderr
    every = run("verify", "--all", "--json", *where)
    assert (every.exit_code, json.loads(every.stdout)) == (0, {"other words": 2})
    # Said once, however many there are.
    assert every.stderr.count("the same figures, other words") == 1
    change(file, "UPDATE receipts SET answer = json_set(answer, '$.probability', 0.5)")
    assert run("verify", "--all", *where).exit_code == 1


def test_forgotten_pruned_and_gone(kept, registered, clock):
    file, ids = kept
    with open_ledger(file, durability="process", patience=20) as ledger:
        ledger.forget("a", clock())
    change(file, f"UPDATE receipts SET model_version = '99' WHERE receipt_id = '{ids[1]}'")
    every = run("verify", "--all", "--json", "--ledger", file, "--tracking-uri", registered.uri)
    assert (every.exit_code, json.loads(every.stdout)) == (1, {"forgotten": 1, "model not found": 1})
    assert "no version or alias '99'" in every.stderr


def test_what_cannot_be_done_is_said(kept, registered, tmp_path):
    file, ids = kept
    for words in (
        ("show", "nothing", "--ledger", file),
        ("show", "a\0", "--ledger", file),
        ("verify", "--ledger", file),
        ("verify", ids[0], "--all", "--ledger", file),
        ("verify", "--all", "--ledger", str(tmp_path / "none.db")),
        ("verify", "--all", "--ledger", file, "--tracking-uri", f"sqlite:///{tmp_path}/none.db"),
    ):
        assert isinstance(run(*words).exception, LeadQualityError), words
    # A receipt can be read without the registry, but for the features' names.
    told = run("show", ids[0], "--ledger", file, "--tracking-uri", f"sqlite:///{tmp_path}/none.db")
    assert told.exit_code == 0
    assert "features: model 1 made them" in told.stdout
