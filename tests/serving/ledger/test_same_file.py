"""A ledger's file that goes away, or another's in its place: nothing is acknowledged that nobody would find."""

from __future__ import annotations

import shutil

import pytest

from serving.ledger import LedgerUnavailable, RecordReceipts, open_ledger
from tests.serving.ledger.made import file_receipts, receipt


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file):
    with open_ledger(str(file), durability="process", patience=20) as opened:
        file_receipts(opened, receipt("before"))
        yield opened


def deleted(file):
    for one in file.parent.glob("ledger.db*"):
        one.unlink()


def moved(file):
    file.rename(file.with_name("elsewhere.db"))


def replaced(file):
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.replace(file)


@pytest.mark.parametrize(
    ("happens", "said"),
    [(deleted, "was moved or deleted"), (moved, "was moved or deleted"), (replaced, "another file was put")],
)
def test_nothing_is_acknowledged_any_more(ledger, file, happens, said):
    happens(file)
    there = file.exists()
    for _ in range(3):
        with pytest.raises(LedgerUnavailable, match=said) as refused:
            ledger.submit(RecordReceipts([receipt("after")])).result(20)
        assert "restart the service" in refused.value.hint
    with pytest.raises(LedgerUnavailable, match=said):
        ledger.check()
    with pytest.raises(LedgerUnavailable, match=said):
        ledger.receipt("before")
    # No empty ledger is made, which would look as if all were well.
    assert file.exists() == there


def test_a_file_that_is_put_back_goes_on(ledger, file):
    moved(file)
    with pytest.raises(LedgerUnavailable):
        ledger.check()
    file.with_name("elsewhere.db").rename(file)
    ledger.check()
    file_receipts(ledger, receipt("after"))
    assert ledger.receipt("after") is not None


def test_one_of_a_relative_path_is_found_from_another_folder(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_ledger("ledger.db", durability="process", patience=20) as ledger:
        other = tmp_path / "other"
        other.mkdir()
        monkeypatch.chdir(other)
        file_receipts(ledger, receipt("one"))
        ledger.check()
