"""A forgotten person is nowhere any more, and everybody else still is."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from features.facts.clock import DAY
from leadquality.commands.ledger import forget as forget_command
from serving.ledger import AttributeFact, OpportunityFact, VerdictFact, open_ledger
from serving.ledger.tables import metadata, tombstones
from serving.ledger.transaction import Transaction, tombstone_of
from tests.serving.ledger.made import NOW, START, WORDS, event, file_receipts, lead, receipt, tell, title

NAME = "Zo\u00eb-Quandt-4711"


@pytest.fixture
def told(ledger):
    """Return a ledger with a person, a colleague who is scored with that person in view, and a stranger."""
    tell(
        ledger,
        *(lead(NAME, "acme"), lead("mate", "acme"), lead("other", "bolt")),
        *(title("Chief Quandt", lead_id=NAME), title("VP", lead_id="mate")),
        *(event("e1", NAME), event("e2", "mate"), event("e3", "other")),
        AttributeFact("account", "acme", "employees", "80", START),
        OpportunityFact("O1", START, START, lead_id=NAME),
        OpportunityFact("O2", START, START, lead_id=NAME, account_id="bolt"),
        VerdictFact("v1", NAME, START, "accepted", "spoke to Quandt"),
    )
    file_receipts(
        ledger,
        receipt("r1", NAME, answer=f'{{"lead_id":"{NAME}"}}'),
        receipt("r2", "mate", people=(NAME,)),
        receipt("r3", "other"),
    )
    return ledger


def rows(ledger):
    return ledger.read(
        lambda c: {name: [tuple(r) for r in c.execute(text(f"SELECT * FROM {name}"))] for name in metadata.tables}
    )


def test_nothing_of_a_forgotten_person_is_left(told):
    gone = told.forget(NAME, NOW)
    assert gone.facts == {"leads": 1, "attributes": 1, "events": 1, "opportunities": 2, "verdicts": 1}
    assert (gone.inputs, gone.receipts, gone.receipts_of_others) == (2, 1, 1)
    left = repr(rows(told))
    assert NAME not in left
    assert "Quandt" not in left
    assert told.is_forgotten(NAME)
    assert not told.is_forgotten("mate")
    assert told.lead_facts(NAME, WORDS, NOW) is None


def test_the_receipt_stays_to_be_counted(told):
    told.forget(NAME, NOW)
    emptied = told.receipt("r1")
    assert emptied.is_forgotten
    assert (emptied.features, emptied.answer, emptied.input_digest) == (None, None, None)
    assert (emptied.model_version, emptied.status, emptied.scored_at) == ("7", "scored", NOW)
    assert emptied.lead_id.startswith("forgotten:")
    assert told.counts()["receipts"] == 3


def test_everybody_else_stays(told):
    before = told.lead_facts("other", WORDS, NOW)
    told.forget(NAME, NOW)
    assert told.lead_facts("other", WORDS, NOW) == before
    mate = told.lead_facts("mate", WORDS, NOW)
    assert mate.people == ()
    # The deal is the company's, and stays with it.
    assert mate.facts.deals == [(START, None, None)]
    assert told.receipt("r2").features is not None
    assert told.input(told.receipt("r2").input_digest) is None
    assert told.input(told.receipt("r3").input_digest) is not None


def test_what_is_told_later_is_refused(told):
    told.forget(NAME, NOW)
    late = [lead(NAME, "acme"), title("x", lead_id=NAME), event("e9", NAME), lead("new")]
    late += [OpportunityFact("O9", START, START, lead_id=NAME), VerdictFact("v9", NAME, START, "accepted")]
    assert tell(told, *late) == ["forgotten"] * 3 + ["accepted"] + ["forgotten"] * 2
    file_receipts(told, receipt("r9", NAME), receipt("r10", "mate"))
    assert told.receipt("r9").is_forgotten
    assert told.receipt("r9").answer is None
    assert NAME not in repr(rows(told))
    assert told.receipt("r10").answer is not None


def test_a_receipt_that_tells_of_a_forgotten_colleague_keeps_no_input(told):
    """Told of anew in a request, or read before the person was forgotten and written after."""
    told.forget(NAME, NOW)
    late, twin = receipt("r9", "mate", people=("other", NAME), salt=1), receipt("r10", "mate", scored_at=NOW + 1)
    twin = replace(twin, input=replace(late.input, people=()))
    file_receipts(told, late, twin, receipt("r11", "mate", people=("other",), salt=2))
    found = told.receipt("r9")
    assert (found.answer, found.features, found.input_digest) == (late.answer, late.features, late.input.digest)
    assert not found.is_forgotten
    assert told.input(late.input.digest) is None
    assert told.input(told.receipt("r11").input_digest) is not None
    left = rows(told)
    assert NAME not in repr(left)
    assert [person for _, person in left["input_people"]] == ["other"]


def test_people_are_looked_up_only_where_somebody_is_forgotten(ledger):
    people = {f"p{i}" for i in range(1_200)}
    with ledger._writing.connect() as connection, connection.begin():
        tx = Transaction(connection, "salt")
        hashed = []
        tx.tombstone = lambda name: hashed.append(name) or Transaction.tombstone(tx, name)
        assert tx.forgotten(people) == {}
        assert hashed == []
        tx.insert(tombstones, ("digest", "forgotten_at", "counts"), [(tombstone_of("p7", "salt"), 5, "{}")])
        assert tx.forgotten(people) == {"p7": tombstone_of("p7", "salt")}
        assert len(hashed) == 1_200


def test_forgetting_again_or_a_stranger_harms_nothing(told):
    told.forget(NAME, NOW)
    again = told.forget(NAME, NOW + 1)
    assert (sum(again.facts.values()), again.inputs, again.receipts) == (0, 0, 0)
    assert sum(told.forget("never heard of", NOW).facts.values()) == 0
    assert told.counts()["tombstones"] == 2


def test_the_file_holds_nothing_of_the_person(tmp_path):
    file = tmp_path / "ledger.db"
    with open_ledger(str(file), patience=20) as ledger:
        tell(ledger, lead("Quandt-4711"), title("Chief Quandt", lead_id="Quandt-4711"))
        file_receipts(ledger, receipt("r1", "Quandt-4711", answer="Quandt"))
        assert any(b"Quandt" in path.read_bytes() for path in tmp_path.iterdir())
        ledger.forget("Quandt-4711", NOW)
        for path in Path(tmp_path).iterdir():
            assert b"Quandt" not in path.read_bytes(), path.name


def test_a_log_that_somebody_holds_is_told_of(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("serving.ledger.ledger._LOG_PATIENCE", 0.1)
    file = tmp_path / "ledger.db"
    with open_ledger(str(file), patience=0.2) as ledger:
        tell(ledger, lead("Quandt-4711"), title("Chief Quandt", lead_id="Quandt-4711"))
        reader = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM lead_facts").fetchall()
        gone = ledger.forget("Quandt-4711", NOW)
        assert (gone.log_held, gone.facts["leads"]) == (True, 1)
        assert "log_held" not in repr(rows(ledger)["tombstones"])
        assert b"Chief Quandt" in (tmp_path / "ledger.db-wal").read_bytes()
        forget_command("Quandt-4711", str(file))
        assert "End what reads it" in capsys.readouterr().out
        # One who goes soon enough is waited for.
        monkeypatch.setattr("serving.ledger.ledger._LOG_PATIENCE", 20.0)
        leave = threading.Timer(0.5, reader.close)
        leave.start()
        assert not ledger.forget("Quandt-4711", NOW).log_held
        leave.join()
        assert not any(b"Chief Quandt" in path.read_bytes() for path in tmp_path.iterdir())
        forget_command("Quandt-4711", str(file))
        assert "End what reads it" not in capsys.readouterr().out


def test_retention_takes_inputs_and_features_alone(ledger):
    tell(ledger, lead(), event("e1"))
    old = [receipt(f"old{i}", scored_at=NOW - 50 * DAY + i, salt=i) for i in range(5)]
    young = receipt("young", scored_at=NOW - 5 * DAY, salt=99)
    shared = replace(receipt("shared", scored_at=NOW - 60 * DAY), input=young.input)
    file_receipts(ledger, *old, young, shared)
    gone = ledger.apply_retention(40, NOW)
    assert (gone.receipts, gone.inputs) == (6, 5)
    assert ledger.receipt("old1").features is None
    assert ledger.receipt("old1").answer == old[1].answer
    assert ledger.input(old[1].input.digest) is None
    assert ledger.receipt("young").features is not None
    assert ledger.input(young.input.digest) is not None
    assert ledger.receipt("shared").features is None
    assert ledger.counts()["event_facts"] == 1
    again = ledger.apply_retention(40, NOW)
    assert (again.receipts, again.inputs) == (0, 0)
