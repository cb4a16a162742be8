"""Receipts of one turn of the event loop go to the ledger together, and each request learns of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic

import pytest

from serving.ledger import LedgerBusy, LedgerRefused, LedgerUnavailable, open_ledger
from serving.scoring.outbox import Outbox
from tests.serving.ledger.made import receipt


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(str(tmp_path / "l.db"), patience=5.0) as opened:
        yield opened


async def _keep_all(outbox, *receipts):
    return await asyncio.gather(*(outbox.keep([one]) for one in receipts), return_exceptions=True)


def test_what_is_scored_in_one_turn_is_handed_over_once(ledger, monkeypatch):
    handed = []
    together = ledger.submit_together
    monkeypatch.setattr(ledger, "submit_together", lambda writes: handed.append(len(writes)) or together(writes))
    outbox = Outbox(ledger)
    for turn in range(2):
        answers = asyncio.run(_keep_all(outbox, *(receipt(f"r{turn}-{i}") for i in range(20))))
        assert answers == [None] * 20
    assert handed == [20, 20]
    assert ledger.counts()["receipts"] == 40


def test_a_receipt_at_fault_fails_alone(ledger):
    huge = replace(receipt("huge"), scored_at=2**70)
    half = replace(receipt("half"), lead_id="\ud800")
    answers = asyncio.run(_keep_all(Outbox(ledger), receipt("r1"), huge, half, receipt("r2")))
    assert [type(answer) for answer in answers] == [type(None), LedgerRefused, LedgerRefused, type(None)]
    assert ledger.counts()["receipts"] == 2


def test_every_request_learns_that_the_ledger_is_not_to_be_had(tmp_path):
    ledger = open_ledger(str(tmp_path / "l.db"), patience=0.5)
    with ledger._writing.connect() as other, other.begin():
        answers = asyncio.run(_keep_all(Outbox(ledger), receipt("r1"), receipt("r2")))
    assert [type(answer) for answer in answers] == [LedgerUnavailable] * 2
    ledger.close()
    answers = asyncio.run(_keep_all(Outbox(ledger), receipt("r3"), receipt("r4")))
    assert [type(answer) for answer in answers] == [LedgerBusy] * 2


def test_a_caller_that_has_gone_leaves_the_others_alone(ledger):
    async def scene():
        outbox = Outbox(ledger)
        gone, stays = (asyncio.create_task(outbox.keep([receipt(name)])) for name in ("gone", "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        await stays
        assert gone.cancelled()

    asyncio.run(scene())
    assert ledger.receipt("stays") is not None


def test_what_comes_while_some_are_on_their_way_goes_together_after_them(ledger, monkeypatch):
    handed = []
    together = ledger.submit_together
    monkeypatch.setattr(ledger, "submit_together", lambda writes: handed.append(len(writes)) or together(writes))

    async def scene():
        outbox = Outbox(ledger)
        first = asyncio.create_task(outbox.keep([receipt("first")]))
        while not handed:
            await asyncio.sleep(0)
        later = []
        with ledger._writing.connect() as other, other.begin():
            for i in range(5):
                later.append(asyncio.create_task(outbox.keep([receipt(f"r{i}")])))
                await asyncio.sleep(0.01)
        await asyncio.gather(first, *later)

    asyncio.run(scene())
    assert handed in ([1, 5], [1, 1, 4])
    assert ledger.counts()["receipts"] == 6


def test_a_loop_that_ended_meanwhile_holds_up_no_other(ledger):
    outbox = Outbox(ledger)

    async def leave():
        asyncio.create_task(outbox.keep([receipt("left")]))  # noqa: RUF006 - nobody waits for it
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    with ledger._writing.connect() as other, other.begin():
        asyncio.run(leave())
    asyncio.run(asyncio.wait_for(outbox.keep([receipt("next")]), 10))
    assert ledger.receipt("next") is not None


def test_who_comes_while_a_hand_over_is_stuck_waits_no_longer_than_the_first(tmp_path):
    ledger = open_ledger(str(tmp_path / "l.db"), patience=1.0)
    outbox = Outbox(ledger)

    async def one(name, delay):
        await asyncio.sleep(delay)
        began = monotonic()
        with pytest.raises(LedgerUnavailable, match=r"did not answer within 1 seconds|holds it"):
            await outbox.keep([receipt(name)])
        return monotonic() - began

    async def scene():
        waits = await asyncio.gather(*(one(f"r{i}", 0.3 * i) for i in range(5)))
        assert max(waits) < 1.4
        # None of them was told too early either.
        assert min(waits) > 0.8

    with ledger._writing.connect() as other, other.begin():
        asyncio.run(scene())
    asyncio.run(outbox.keep([receipt("next")]))
    assert ledger.receipt("next") is not None
    ledger.close()
