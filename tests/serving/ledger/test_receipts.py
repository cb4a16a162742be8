"""Receipts: written once, read back whole, many at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from features.facts.clock import DAY
from serving.ledger import (
    AddKey,
    Input,
    RecordReceipts,
    RecordShadow,
    RevokeKey,
    ShadowScore,
    canonical_input,
    from_canonical,
    pack_features,
    unpack_features,
)
from tests.serving.ledger.made import NOW, file_receipts, receipt

HASH = "0123456789abcdef"


def test_a_receipt_comes_back_as_it_was(ledger):
    features = np.array([1.5, np.nan, -0.0, 1e-310])
    given = receipt(
        "r1", features=pack_features(features), card_version="b2b", card_digest="c", answer='{"a":"🦊"}'
    )
    file_receipts(ledger, given)
    found = ledger.receipt("r1")
    for name in ("lead_id", "scored_at", "as_of", "status", "model_version", "model_digest", "card_version"):
        assert getattr(found, name) == getattr(given, name)
    assert (found.card_digest, found.answer, found.caller, found.request_id) == ("c", '{"a":"🦊"}', "key", "r")
    assert unpack_features(found.features).tobytes() == features.tobytes()
    assert not found.is_forgotten
    body = ledger.input(found.input_digest)
    assert body == given.input.body
    assert canonical_input(from_canonical(body, NOW)) == body
    assert ledger.receipt("r2") is None
    assert ledger.input("0" * 64) is None


def test_an_equal_receipt_is_written_once(ledger):
    first = receipt("r1")
    file_receipts(ledger, first, first)
    file_receipts(ledger, replace(first, answer="another"))
    assert ledger.counts()["receipts"] == 1
    assert ledger.receipt("r1").answer == first.answer


def test_equal_inputs_are_kept_once(ledger):
    file_receipts(ledger, receipt("r1"), receipt("r2"), receipt("r3", lead_id="L2"))
    file_receipts(ledger, receipt("r4", people=("L7",)))
    counts = ledger.counts()
    assert (counts["receipts"], counts["inputs"], counts["input_people"]) == (4, 1 + 1, 1)


def test_a_leads_receipts_newest_first_and_by_pages(ledger):
    file_receipts(
        ledger, *(receipt(f"r{i}", scored_at=NOW + i * DAY, salt=i) for i in range(7)), receipt("x", "L2")
    )
    assert [r.receipt_id for r in ledger.receipts_of("L1", 3)] == ["r6", "r5", "r4"]
    assert [r.receipt_id for r in ledger.receipts_of("L1", 3, before=NOW + 4 * DAY)] == ["r3", "r2", "r1"]
    assert ledger.receipts_of("nobody") == []


def test_a_moment_of_the_past_that_is_scored_today_stands_in_its_place(ledger):
    now = [replace(receipt(f"r{i}", scored_at=NOW + i, salt=i), as_of=NOW - 10 * i) for i in range(3)]
    file_receipts(ledger, *now)
    file_receipts(ledger, replace(receipt("late", scored_at=NOW - 5, salt=9), as_of=NOW - 10))
    assert [r.receipt_id for r in ledger.receipts_of("L1")] == ["r0", "late", "r1", "r2"]
    assert [r.receipt_id for r in ledger.receipts_of("L1", before=NOW - 10)] == ["r2"]


def test_all_receipts_in_the_order_of_the_ledger(ledger):
    for i in range(5):
        ledger.submit(RecordReceipts([receipt(f"r{i}{j}", salt=10 * i + j) for j in range(4)])).result()
    every = list(ledger.all_receipts(chunk=3))
    assert len({r.receipt_id for r in every}) == 20
    assert [r.seq for r in every] == sorted(r.seq for r in every)
    assert [r.receipt_id for r in ledger.all_receipts(after=every[11].seq)] == [r.receipt_id for r in every[12:]]


def test_shadow_scores_stand_beside_their_receipt(ledger):
    score = ShadowScore("r1", "8", 0.25, "B", 31.5, NOW)
    ledger.write(RecordShadow([score, score, replace(score, model_version="9", points=None)]))
    ledger.write(RecordShadow([replace(score, probability=0.9)]))
    assert ledger.shadow_scores("r1") == [score, replace(score, model_version="9", points=None)]


def test_keys_are_added_and_revoked_once(ledger):
    key = AddKey("k1", "Marketo", HASH, ("score", "ingest"), NOW, per_minute=600)
    assert ledger.write(key)
    assert not ledger.write(replace(key, secret_hash=HASH[::-1]))
    assert ledger.write(RevokeKey("k1", NOW + 1))
    assert not ledger.write(RevokeKey("k1", NOW + 2))
    assert not ledger.write(RevokeKey("nobody's", NOW))
    (found,) = ledger.api_keys()
    assert (found.secret_hash, found.scopes, found.per_minute, found.revoked_at) == (
        HASH,
        ("score", "ingest"),
        600,
        NOW + 1,
    )


def test_inputs_are_small_on_disk(ledger):
    body = b"[" + b'"visit",' * 5000 + b"0]"
    file_receipts(ledger, replace(receipt("r1"), input=Input("d" * 64, body)))
    assert ledger.input("d" * 64) == body
