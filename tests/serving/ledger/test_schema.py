"""Opening a ledger: ours, none, somebody else's, an older one, a newer one, and none that can be had."""

from __future__ import annotations

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from serving.ledger import (
    LedgerError,
    LedgerUnavailable,
    OpportunityFact,
    VerdictFact,
    open_ledger,
    schema,
    upgrade_ledger,
)
from serving.ledger.address import place_of, read_address
from serving.ledger.tables import metadata
from tests.postgres import free_port
from tests.serving.ledger.made import NOW, event, file_receipts, lead, receipt, tell
from tests.serving.ledger.test_forget import rows


def engine_of(address):
    return create_engine(read_address(address))


def test_the_migrations_end_in_the_tables_that_the_code_reads(address):
    open_ledger(address).close()
    engine = engine_of(address)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == schema.REVISIONS[-1]
    engine.dispose()


def test_the_known_revisions_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", "serving:ledger/migrations")
    scripts = ScriptDirectory.from_config(config)
    assert [step.revision for step in scripts.walk_revisions()][::-1] == list(schema.REVISIONS)


def test_opening_again_keeps_what_is_there(address):
    for name in ("r1", "r2"):
        with open_ledger(address) as ledger:
            file_receipts(ledger, receipt(name))
    with open_ledger(address, create=False) as ledger:
        assert ledger.counts()["receipts"] == 2


def test_each_ledger_has_a_salt_of_its_own(tmp_path):
    names = set()
    for name in ("a.db", "b.db"):
        with open_ledger(str(tmp_path / name)) as ledger:
            ledger.forget("L1", 5)
            file_receipts(ledger, receipt("r1"))
            names.add(ledger.receipt("r1").lead_id)
    assert len(names) == 2


def set_version(address, version):
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '{version}'"))
    engine.dispose()


@pytest.mark.parametrize("call", [open_ledger, upgrade_ledger])
def test_a_newer_schema_is_refused(address, call):
    open_ledger(address).close()
    set_version(address, "9999")
    with pytest.raises(LedgerError, match="9999, which is newer") as caught:
        call(address)
    assert caught.value.hint == "install the newer leadquality"


def test_an_older_schema_names_the_command(address, monkeypatch):
    open_ledger(address).close()
    last = schema.REVISIONS[-1]
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "0999"))
    with pytest.raises(LedgerError, match=f"has schema {last}; this program needs 0999") as caught:
        open_ledger(address)
    assert "leadquality ledger upgrade" in caught.value.hint


def test_the_first_schema_is_brought_up_to_date_with_all_its_rows(address, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr(schema, "REVISIONS", ("0001",))
        upgrade_ledger(address)
    engine = engine_of(address)
    columns = "receipt_id, lead_id, scored_at, as_of, status, model_version, model_digest, caller, request_id"
    with engine.begin() as connection:
        values = "'r1', 'L1', 5, 5, 'scored', '7', 'd', 'k', 'q'"
        connection.execute(text(f"INSERT INTO receipts ({columns}) VALUES ({values})"))
    engine.dispose()
    with pytest.raises(LedgerError, match="has schema 0001"):
        open_ledger(address)
    assert upgrade_ledger(address) == ("0001", schema.REVISIONS[-1])
    with open_ledger(address, create=False) as ledger:
        assert (ledger.receipt("r1").lead_id, ledger.receipt("r1").software) == ("L1", None)
        file_receipts(ledger, receipt("r2", software="1.2+ab"))
        assert ledger.receipt("r2").software == "1.2+ab"


def test_numbers_of_forgotten_rows_are_never_given_again(address, monkeypatch):
    """In a new ledger and in one of before, which keeps its rows, their numbers and its indexes."""
    with monkeypatch.context() as then:
        then.setattr(schema, "REVISIONS", ("0001", "0002"))
        upgrade_ledger(address)
        with open_ledger(address) as ledger:
            tell(ledger, lead("L1", "acme"), lead("L2"), event("e1"), event("e2", "L2", value=2.5))
            tell(ledger, VerdictFact("v1", "L2", NOW, "accepted"), OpportunityFact("O1", NOW, NOW, lead_id="L2"))
            file_receipts(ledger, receipt("r1"), receipt("r2", "L2"))
            kept = rows(ledger)
    before = shape(address)
    assert upgrade_ledger(address) == ("0002", "0003")
    assert shape(address) == before
    with open_ledger(address) as ledger:
        assert rows(ledger) == kept
        last = {name: max(row[0] for row in kept[name]) for name in ("lead_facts", "event_facts", "verdict_facts")}
        ledger.forget("L2", NOW)
        tell(ledger, lead("L3"), event("e3", "L3"), VerdictFact("v2", "L1", NOW, "accepted"))
        now = rows(ledger)
        for name, seq in last.items():
            assert max(row[0] for row in now[name]) > seq, name
        assert tell(ledger, event("e1")) == ["duplicate"]


def shape(address):
    """Return the columns, keys and indexes of every table."""
    engine = engine_of(address)
    found = inspect(engine)
    told = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            [c["column_names"] for c in found.get_unique_constraints(name)],
            sorted((i["name"], i["column_names"]) for i in found.get_indexes(name)),
        )
        for name in metadata.tables
    }
    engine.dispose()
    return told


def test_somebody_elses_database_is_left_alone(address):
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE experiments (id INT)"))
    engine.dispose()
    with pytest.raises(LedgerError, match=r"something else \(experiments\)"):
        open_ledger(address)


def test_upgrade_makes_a_ledger_and_then_says_that_nothing_is_to_be_done(address):
    last = schema.REVISIONS[-1]
    assert upgrade_ledger(address) == (None, last)
    assert upgrade_ledger(address) == (last, last)
    open_ledger(address, create=False).close()


def test_no_ledger_is_made_unasked(address):
    with pytest.raises(LedgerError) as caught:
        open_ledger(address, create=False)
    assert "leadquality ledger upgrade" in caught.value.hint


def test_files_that_will_not_do(tmp_path):
    (tmp_path / "text.db").write_text("this is no database, it is a text that goes on for a while\n" * 50)
    for name, why in {
        "no/such/folder/ledger.db": "no such folder",
        ".": "is a folder",
        "text.db": "is not a database",
    }.items():
        with pytest.raises(LedgerError, match=why) as caught:
            open_ledger(str(tmp_path / name))
        assert caught.value.hint
    sqlite3.connect(tmp_path / "empty.db").close()
    open_ledger(str(tmp_path / "empty.db")).close()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql://root@host/db", "mysql: no such kind"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("", "names no file"),
        ("postgresql://me:pass word@host:port/db", "cannot be read"),
    ],
)
def test_addresses_that_will_not_do(address, why):
    with pytest.raises(LedgerError, match=why) as caught:
        open_ledger(address)
    assert "pass" not in str(caught.value)


def test_a_server_that_is_not_there_and_a_password_that_is_not_shown():
    address = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/leads?password=hunter3"
    with pytest.raises(LedgerUnavailable, match="does not answer") as caught:
        open_ledger(address)
    assert "hunter" not in str(caught.value)
    assert "hunter" not in place_of(read_address(address))


def test_a_database_that_is_not_there(server):
    with pytest.raises(LedgerError, match="no such database"):
        open_ledger(server.address("nowhere"))
