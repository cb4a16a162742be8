"""The book against the ledger, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import random
from zlib import crc32

import pytest
from sqlalchemy import insert

from features.facts.clock import DAY
from serving.ledger import AttributeFact, OpportunityFact, VerdictFact, tables
from serving.pages.book import Book
from serving.pages.book import book as code
from tests.serving.ledger.conftest import address, ledger, server
from tests.serving.ledger.made import NOW, START, event, file_receipts, lead, receipt, tell, title

__all__ = ["address", "ledger", "server"]


def answer(probability, score=50, **more):
    told = {"status": "scored", "probability": probability, "score": score, "grade": "B", "points": 3}
    told |= {"points_grade": "C", "agree": False, "reason_1": "Title: CTO", "reason_2": ""}
    return json.dumps(told | more)


def scored(receipt_id, lead_id="L1", day=100, probability=0.2, score=50, **more):
    return receipt(
        receipt_id,
        lead_id,
        START + day * DAY,
        salt=crc32(receipt_id.encode()) % 9999,
        answer=answer(probability, score),
        **more,
    )


def caught_up(ledger, **more):
    book = Book(ledger, **more)
    book.catch_up()
    return book


def shape(book):
    """Return all that pages read of a book, in an order of its own."""
    return {
        lead_id: (e.score, e.trend, e.account_id, e.created_at, e.label, e.last_touch, e.last_kind, e.verdict)
        for lead_id, e in sorted(book.leads.items())
    }, [e.lead_id for e in book.ranked()]


def test_an_empty_ledger(ledger):
    book = caught_up(ledger)
    assert (book.leads, book.ranked(), book.is_read, book.segment) == ({}, [], True, "")


def test_what_is_told_is_seen_at_the_next_look(ledger):
    book = caught_up(ledger)
    tell(ledger, lead("L1", "acme"), title("CTO"), event("e1", day=3), event("e2", day=2, kind="webinar"))
    book.catch_up()
    entry = book.leads["L1"]
    assert (entry.label.title, entry.label.company, entry.last_touch) == ("CTO", "acme", START + 3 * DAY)
    assert entry.last_kind == "visit"
    assert book.ranked() == []
    version = book.version
    tell(ledger, event("e3", day=5))
    book.catch_up()
    assert book.leads["L1"].last_touch == START + 5 * DAY
    assert book.version == version, "what people do moves no lead in or out of a list"
    file_receipts(ledger, scored("r1"))
    tell(ledger, VerdictFact("v1", "L1", NOW, "accepted"), OpportunityFact("o1", NOW, NOW, lead_id="L1"))
    book.catch_up()
    assert book.ranked() == [entry]
    assert (entry.verdict, entry.has_opportunity, entry.score.points) == ("accepted", True, 3)
    assert book.version > version


def test_a_replay_of_the_past_scored_today_is_no_newest_score(ledger):
    file_receipts(ledger, scored("new", day=90, probability=0.6, score=80))
    book = caught_up(ledger)
    file_receipts(ledger, scored("old", day=30, probability=0.1, score=20))
    book.catch_up()
    assert (book.leads["L1"].score.receipt_id, book.leads["L1"].trend) == ("new", 60)
    assert shape(caught_up(ledger)) == shape(book)


def test_any_order_and_any_stretch_give_the_same_book(ledger, monkeypatch):
    draw = random.Random(4)
    facts = [lead(f"L{n}", draw.choice((None, "a", "b")), day=n) for n in range(12)]
    facts += [lead(f"L{n}", draw.choice((None, "a", "b")), day=n, known=n + 20) for n in range(6)]
    facts += [
        title(draw.choice(("CTO", "VP", None)), day=day, lead_id=f"L{n}") for n in range(12) for day in (1, 7)
    ]
    facts += [AttributeFact("account", "a", "industry", v, START + d * DAY) for d, v in ((1, "X"), (5, "Y"))]
    facts += [event(f"e{n}", f"L{n % 12}", day=draw.randrange(90)) for n in range(40)]
    facts += [VerdictFact(f"v{n}", f"L{n}", START + n * DAY, "accepted") for n in range(3)]
    facts += [VerdictFact(f"w{n}", f"L{n}", START + 9 * DAY, "recycled") for n in range(3)]
    receipts = [
        scored(f"r{n}-{d}", f"L{n}", d, draw.random(), draw.randrange(100)) for n in range(9) for d in (70, 82, 99)
    ]
    draw.shuffle(facts)
    draw.shuffle(receipts)
    watching = Book(ledger)
    for begin in range(0, len(facts), 10):
        tell(ledger, *facts[begin : begin + 10])
        watching.catch_up()
    for begin in range(0, len(receipts), 5):
        file_receipts(ledger, *receipts[begin : begin + 5])
        watching.catch_up()
    late = caught_up(ledger)
    small = Book(ledger)
    while small.step(3):
        pass
    assert shape(watching) == shape(late) == shape(small)
    assert late.segment == small.segment == watching.segment == "industry"
    assert {e.lead_id for e in late.people_of("a")} == {n for n, e in late.leads.items() if e.account_id == "a"}
    assert late.leads["L1"].verdict == "recycled"


def test_segments_are_by_the_first_usual_name_that_is_told(ledger):
    tell(ledger, lead("L1", "a"), AttributeFact("lead", "L1", "country", "DE", START))
    book = caught_up(ledger)
    assert (book.segment, book.leads["L1"].label.segment) == ("country", "DE")
    tell(ledger, AttributeFact("account", "a", "industry", "Retail", START))
    book.catch_up()
    assert (book.segment, book.leads["L1"].label.segment) == ("industry", "Retail")
    assert caught_up(ledger, segment_by="country").leads["L1"].label.segment == "DE"


def test_who_moves_to_another_account_leaves_the_first(ledger):
    tell(ledger, lead("L1", "a"), lead("L2", "a"))
    book = caught_up(ledger)
    tell(ledger, lead("L1", "b", known=50))
    book.catch_up()
    assert [e.lead_id for e in book.people_of("a")] == ["L2"]
    assert [e.lead_id for e in book.people_of("b")] == ["L1"]


def test_the_forgotten_are_gone_at_the_next_look_and_stay_so(ledger):
    tell(ledger, lead("L1", "a"), lead("L2", "a"), title("CTO"), event("e1"), event("e2", "L2"))
    file_receipts(ledger, scored("r1"), scored("r2", "L2"))
    book = caught_up(ledger)
    ledger.forget("L1", NOW)
    book.catch_up()
    for one in (book, caught_up(ledger)):
        assert list(one.leads) == ["L2"]
        assert [e.lead_id for e in one.ranked()] == ["L2"]
        assert [e.lead_id for e in one.people_of("a")] == ["L2"]
    tell(ledger, event("e9", "L1"), title("CEO"))
    book.catch_up()
    assert "L1" not in book.leads


def test_a_score_whose_facts_were_pruned_stays_in_its_place(ledger):
    file_receipts(ledger, scored("r1", day=10), scored("r2", "L2", day=99))
    ledger.apply_retention(30, NOW)
    assert {e.lead_id for e in caught_up(ledger).ranked()} == {"L1", "L2"}


def test_who_is_forgotten_while_the_book_is_read_is_never_shown(ledger):
    tell(ledger, lead("L1", "a"), title("CTO"))
    file_receipts(ledger, *(scored(f"r{n}", f"L{n}") for n in (1, 2, 3)))
    book = code.Book(ledger)
    assert book.step(2)
    ledger.forget("L1", NOW)
    book.catch_up()
    assert "L1" not in {e.lead_id for e in book.ranked()} | set(book.leads)


def test_what_is_told_after_somebody_was_forgotten_is_read(ledger):
    tell(ledger, lead("L1", "a"), lead("L2", "a"), title("CTO"), event("e1"))
    book = caught_up(ledger)
    ledger.forget("L2", NOW)
    book.catch_up()
    tell(ledger, lead("L3", "a"), event("e3", "L3"))
    book.catch_up()
    assert book.leads["L3"].account_id == "a"
    assert book.leads["L3"].last_kind


def test_an_opportunity_that_is_told_for_another_lead_leaves_the_first(ledger):
    file_receipts(ledger, scored("r1"), scored("r2", "L2"))
    tell(ledger, OpportunityFact("o1", NOW, NOW, lead_id="L1"))
    book = caught_up(ledger)
    assert book.leads["L1"].has_opportunity
    tell(ledger, OpportunityFact("o1", NOW, NOW + 1, lead_id="L2"))
    book.catch_up()
    for one in (book, caught_up(ledger)):
        assert [one.leads[name].has_opportunity for name in ("L1", "L2")] == [False, True]


@pytest.fixture
def postgres_only(ledger):
    if ledger.url.drivername == "sqlite":
        pytest.skip("SQLite numbers rows as it commits them")


@pytest.mark.usefixtures("postgres_only")
def test_a_receipt_committed_after_later_ones_is_not_missed(ledger):
    book = caught_up(ledger)
    file_receipts(ledger, scored("first", "L0"))
    book.catch_up()
    values = {"lead_id": "L1", "scored_at": NOW, "as_of": NOW, "status": "scored", "model_version": "7"}
    values |= {"model_digest": "d", "answer": answer(0.9), "caller": "", "request_id": "r"}
    with ledger._writing.connect() as slow, slow.begin():
        slow.execute(insert(tables.receipts).values(receipt_id="slow", **values))
        file_receipts(ledger, *(scored(f"r{n}", f"M{n}") for n in range(5)))
        book.catch_up()
        assert len(book.ranked()) == 6
    book.catch_up()
    assert book.ranked()[0].lead_id == "L1"
    assert len(book.ranked()) == 7
