"""Real processes and servers that are killed, filled, stopped and started."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from serving.ledger import LedgerError, LedgerUnavailable, RecordReceipts, open_ledger
from serving.ledger.writes import TryWriting
from tests.postgres import postgres
from tests.serving.ledger.conftest import new_database
from tests.serving.ledger.made import file_receipts, receipt

ROOT = Path(__file__).parents[3]


def started(*arguments):
    command = [sys.executable, "-m", "tests.serving.ledger.writing_process", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def in_ledger(address):
    """Return the ids of receipts and of events, as many times as they are there, and whether the file is sound."""
    with open_ledger(address, create=False) as ledger:
        if "://" not in address:
            assert ledger.read(lambda c: c.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
        receipts = [r.receipt_id for r in ledger.all_receipts()]
        digests = {r.input_digest for r in ledger.all_receipts()}
        assert all(ledger.input(digest) is not None for digest in digests)
        events = ledger.read(lambda c: list(c.execute(text("SELECT event_id FROM event_facts")).scalars()))
    return receipts, events


def hold_against(lines, address):
    receipts, events = in_ledger(address)
    assert len(set(receipts)) == len(receipts)
    assert len(set(events)) == len(events)
    for line in lines:
        kind, name = line.split()[:2]
        assert name in (receipts if kind == "r" else events), f"acknowledged and lost: {line}"
    return receipts, events


@pytest.mark.parametrize("after", [40, 400])
def test_a_killed_process_has_lost_nothing_that_it_acknowledged(address, after):
    lines = []
    with started(address, "p", 1_000_000) as process:
        for line in process.stdout:
            lines.append(line)
            if len(lines) == after:
                process.kill()
    lines = [line for line in lines if line.endswith("\n")]
    assert len(lines) >= after
    hold_against(lines, address)


def test_two_processes_write_one_ledger(address):
    open_ledger(address).close()
    both = [started(address, name, 150) for name in ("a", "b")]
    lines = []
    for process in both:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        lines += out.splitlines()
    assert len(lines) == 600
    assert not [line for line in lines if line.startswith("!")]
    receipts, events = hold_against(lines, address)
    assert (len(receipts), len(events)) == (450, 450)


def test_a_file_that_may_not_grow_is_a_full_disk_in_words(tmp_path):
    file = tmp_path / "ledger.db"
    open_ledger(str(file)).close()
    with started(file, "p", 400, 1_000_000) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    lines = out.splitlines()
    refused = [line for line in lines if line.startswith("!")]
    kept = [line for line in lines if not line.startswith("!")]
    assert kept
    assert refused
    assert all("LedgerUnavailable" in line and "the disk is full" in line for line in refused), refused[0]
    hold_against(kept, str(file))
    with open_ledger(str(file)) as ledger:
        # With room again, the same ledger goes on.
        file_receipts(ledger, receipt("after"))


def _fill(ledger):
    for i in range(200):
        file_receipts(ledger, receipt(f"r{i}", salt=i, answer="x" * 2000))


def test_the_writer_outlives_a_full_database(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), patience=5) as ledger:
        limit = {"pages": 90}

        @sqlalchemy_event.listens_for(ledger._writing, "connect")
        def _limit(connection, _):
            connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

        with pytest.raises(LedgerUnavailable, match="the disk is full"):
            _fill(ledger)
        kept = ledger.counts()["receipts"]
        assert 0 < kept < 200
        limit["pages"] = 100_000
        file_receipts(ledger, receipt("after"))
        assert ledger.counts()["receipts"] == kept + 1


def test_readiness_tells_whether_it_can_write(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), patience=5) as ledger:
        file_receipts(ledger, receipt("before"))
        settings = ledger.counts()
        only_read = {"now": "ON"}

        @sqlalchemy_event.listens_for(ledger._writing, "connect")
        def _refuse(connection, _):
            connection.execute(f"PRAGMA query_only = {only_read['now']}")

        ledger._writer._drop_connection()
        # It can be read, and nobody has found out yet.
        ledger.check()
        with pytest.raises(LedgerUnavailable):
            file_receipts(ledger, receipt("during"))
        for _ in range(2):
            with pytest.raises(LedgerUnavailable, match="read-only"):
                ledger.check()
        only_read["now"] = "OFF"
        for _ in range(2):
            ledger.check()
        assert not ledger._writer.in_trouble
        assert ledger.counts() == settings
        assert (
            ledger.read(lambda c: c.execute(text("SELECT count(*) FROM settings WHERE name = 'probe'")).scalar())
            == 0
        )


def test_what_is_tried_goes_to_the_disk(address):
    with open_ledger(address, patience=20) as ledger:
        if "://" in address:
            moved = "SELECT pg_current_wal_insert_lsn()::text"
            before = ledger.read(lambda c: c.execute(text(moved)).scalar())
            ledger.write(TryWriting())
            assert ledger.read(lambda c: c.execute(text(moved)).scalar()) != before
        else:
            file_receipts(ledger, receipt("one"))
            before = os.path.getsize(f"{address}-wal")
            ledger.write(TryWriting())
            assert os.path.getsize(f"{address}-wal") > before


def test_a_file_that_may_only_be_read_is_said_to_be(tmp_path):
    file = tmp_path / "ledger.db"
    open_ledger(str(file)).close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = DELETE").close()
    connection.close()
    file.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        if os.access(file, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(LedgerError, match=r"read-only|cannot be opened"):
            open_ledger(str(file))
    finally:
        tmp_path.chmod(0o700)


def fails_in_time(ledger, name, seconds):
    began = time.monotonic()
    with pytest.raises(LedgerUnavailable):
        ledger.submit(RecordReceipts([receipt(name)])).result(seconds + 10)
    assert time.monotonic() - began < seconds


def answers_again(ledger, name):
    until = time.monotonic() + 30
    while True:
        try:
            file_receipts(ledger, receipt(name))
        except LedgerUnavailable:
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            return


def test_a_server_that_is_stopped_and_started_again():
    with postgres() as server:
        address = new_database(server)
        with open_ledger(address, patience=2) as ledger:
            file_receipts(ledger, receipt("before"))
            assert ledger.receipt("before") is not None
            server.stop()
            fails_in_time(ledger, "during", 4)
            fails_in_time(ledger, "during", 4)
            with pytest.raises(LedgerUnavailable):
                ledger.receipt("before")
            server.start()
            answers_again(ledger, "after")
            assert {r.receipt_id for r in ledger.all_receipts()} >= {"before", "after"}


#: The server's processes that work for somebody else than who asks: here, for the writer.
OTHERS = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def test_a_server_that_hangs():
    with postgres() as server:
        address = new_database(server)
        with open_ledger(address, patience=2) as ledger:
            file_receipts(ledger, receipt("before"))
            (backend,) = ledger.read(lambda c: list(c.execute(text(OTHERS)).scalars()))
            os.kill(backend, signal.SIGSTOP)
            try:
                fails_in_time(ledger, "during", 4)
                # Others that wait behind it are told as well.
                fails_in_time(ledger, "behind", 4)
            finally:
                os.kill(backend, signal.SIGCONT)
            answers_again(ledger, "after")
            assert ledger.receipt("after") is not None
