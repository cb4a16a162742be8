"""The commands on API keys."""

from __future__ import annotations

import json

import pytest

from serving.front.callers import hash_of
from serving.ledger import open_ledger


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "ledger.db")


def create(leadquality, address, *more, scopes=("score",)):
    asked = [part for scope in scopes for part in ("--scope", scope)]
    code, printed, told = leadquality("keys", "create", "--name", "hubspot", *asked, "--ledger", address, *more)
    assert code == 0, told
    return printed.strip(), told


def test_a_key_is_printed_once_and_kept_as_a_hash(leadquality, address, tmp_path):
    key, told = create(leadquality, address, "--per-minute", "600", scopes=("ingest", "score", "score"))
    _, key_id, secret = key.split("_", 2)
    assert f"key {key_id} of hubspot may score, ingest" in told
    assert secret not in told
    with open_ledger(address, create=False) as ledger:
        (kept,) = ledger.api_keys()
    assert (kept.key_id, kept.name, kept.scopes, kept.per_minute) == (key_id, "hubspot", ("score", "ingest"), 600)
    assert kept.secret_hash == hash_of(secret)
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_keys_are_listed_and_revoked(leadquality, address):
    first, _ = create(leadquality, address)
    second, _ = create(leadquality, address, scopes=("read", "admin"))
    ids = [key.split("_")[1] for key in (first, second)]
    # By its id, or by the whole key, for those who have only that.
    for given, key_id in ((ids[0], ids[0]), (second, ids[1])):
        code, printed, _ = leadquality("keys", "revoke", given, "--ledger", address)
        assert (code, printed.strip()) == (0, f"key {key_id} is revoked")
    assert "was revoked before" in leadquality("keys", "revoke", ids[0], "--ledger", address)[1]
    code, printed, _ = leadquality("keys", "list", "--ledger", address, "--json")
    rows = json.loads(printed)
    assert [row["key_id"] for row in rows] == sorted(ids, key=[row["key_id"] for row in rows].index)
    assert all(row["revoked_at"] for row in rows)
    assert "secret" not in printed
    printed = leadquality("keys", "list", "--ledger", address)[1]
    assert all(key_id in printed for key_id in ids)
    assert "read admin" in printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "--name", "x", "--scope", "write"), "no such scope"),
        (("create", "--name", "", "--scope", "score"), "1 to 60 printable characters"),
        (("create", "--name", "a\nb", "--scope", "score"), "printable"),
        (("revoke", "abc"), "no such key"),
    ],
)
def test_what_will_not_do(leadquality, address, arguments, told):
    open_ledger(address).close()
    code, _, complained = leadquality("keys", *arguments, "--ledger", address)
    assert code == 2
    assert told in complained


def test_no_ledger_no_list(leadquality, tmp_path):
    code, _, complained = leadquality("keys", "list", "--ledger", tmp_path / "none.db")
    assert code == 2
    assert "no such ledger" in complained


def test_an_empty_list_says_how_to_make_one(leadquality, address):
    open_ledger(address).close()
    assert "leadquality keys create" in leadquality("keys", "list", "--ledger", address)[1]
