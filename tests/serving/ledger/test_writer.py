"""The writer under many threads, bad writes, a lock that is held, and a full queue."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import replace

import pytest

from serving.ledger import (
    LedgerBusy,
    LedgerRefused,
    LedgerUnavailable,
    RecordReceipts,
    RecordShadow,
    ShadowScore,
    group,
    open_ledger,
)
from serving.ledger import writer as writer_module
from tests.serving.ledger.made import NOW, event, file_receipts, lead, receipt, tell


def test_eight_threads_lose_and_double_nothing(ledger):
    done: list[Future] = []

    def work(thread: int) -> None:
        for i in range(50):
            done.append(ledger.submit(RecordReceipts([receipt(f"r{thread}-{i}", salt=i), receipt(f"same-{i}")])))
            if i % 10 == 0:
                assert tell(ledger, event(f"e{thread}-{i}"), event(f"same-{i}"))[0] == "accepted"

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [future.result(30) for future in done] == [None] * 400
    counts = ledger.counts()
    assert (counts["receipts"], counts["event_facts"]) == (8 * 50 + 50, 8 * 5 + 5)


def test_a_group_shares_one_commit(tmp_path, monkeypatch):
    sizes = []

    def slowly(connection, salt, writes):
        sizes.append(len(writes))
        time.sleep(0.05)
        return group.carry_out(connection, salt, writes)

    monkeypatch.setattr(writer_module, "carry_out", slowly)
    with open_ledger(str(tmp_path / "l.db"), patience=20) as ledger:
        wait([ledger.submit(RecordReceipts([receipt(f"r{i}")])) for i in range(64)], 30)
        assert ledger.counts()["receipts"] == 64
    assert sum(sizes) == 64
    assert len(sizes) <= 3


def test_a_write_at_fault_harms_no_other_of_its_group(ledger):
    bad = RecordShadow([ShadowScore("r1", "8", None, "B", 1.0, NOW)])
    huge = RecordReceipts([replace(receipt("big"), scored_at=2**70)])
    writes = [
        RecordReceipts([receipt("r1")]),
        bad,
        RecordReceipts([receipt("r2")]),
        huge,
        RecordReceipts([receipt("r3")]),
    ]
    with ledger._writing.connect() as connection:
        results = group.carry_out(connection, "salt", writes)
    assert [type(result) for result in results] == [
        type(None),
        LedgerRefused,
        type(None),
        LedgerRefused,
        type(None),
    ]
    assert "8" not in results[1].message
    assert ledger.counts()["receipts"] == 3


def test_a_single_bad_write_fails_alone(ledger):
    future = ledger.submit(RecordShadow([ShadowScore("r1", "8", None, "B", 1.0, NOW)]))
    with pytest.raises(LedgerRefused, match="cannot be kept"):
        future.result(10)
    assert file_receipts(ledger, receipt("r1")) is None


def test_a_lock_that_another_holds_fails_in_time_and_is_recovered_from(tmp_path):
    file = tmp_path / "ledger.db"
    with open_ledger(str(file), patience=1.0) as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        futures = [ledger.submit(RecordReceipts([receipt(f"r{i}")])) for i in range(20)]
        for future in futures:
            with pytest.raises(LedgerUnavailable):
                future.result(5)
        assert 0.5 < time.monotonic() - began < 2.5
        # Reading goes on meanwhile.
        assert ledger.receipt("r0") is None
        other.execute("COMMIT")
        other.close()
        file_receipts(ledger, receipt("after"))
        assert ledger.receipt("after") is not None


def _submit_many(ledger, taken):
    for i in range(50):
        taken.append(ledger.submit(RecordReceipts([receipt(f"r{i}")])))


def test_a_full_queue_refuses_at_once(tmp_path):
    file = tmp_path / "ledger.db"
    with open_ledger(str(file), patience=1.0, most_waiting=10) as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        taken = []
        with pytest.raises(LedgerBusy, match="10 writes wait"):
            _submit_many(ledger, taken)
        other.close()
        assert len(taken) <= 12
        wait(taken, 10)


def test_closing_carries_out_what_waits_and_takes_nothing_more(address):
    ledger = open_ledger(address, patience=20)
    futures = [ledger.submit(RecordReceipts([receipt(f"r{i}")])) for i in range(300)]
    ledger.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(LedgerBusy, match="closed"):
        ledger.submit(RecordReceipts([receipt("late")]))
    ledger.close()
    with open_ledger(address) as again:
        assert again.counts()["receipts"] == 300


def test_a_cancelled_write_that_has_not_begun_is_not_written(tmp_path):
    file = tmp_path / "ledger.db"
    with open_ledger(str(file), patience=10) as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        first = ledger.submit(RecordReceipts([receipt("first")]))
        time.sleep(0.2)
        second = ledger.submit(RecordReceipts([receipt("second")]))
        assert second.cancel()
        other.execute("ROLLBACK")
        other.close()
        first.result(10)
        file_receipts(ledger, receipt("third"))
        assert [r.receipt_id for r in ledger.all_receipts()] == ["first", "third"]


def test_a_ledger_opens_while_eight_open_it_at_once(address):
    errors = []

    def work(n: int) -> None:
        try:
            with open_ledger(address, patience=20) as ledger:
                tell(ledger, lead(f"L{n}"))
        except Exception as error:  # the assertion below shows it
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_ledger(address) as ledger:
        assert ledger.counts()["lead_facts"] == 8
