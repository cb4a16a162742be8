"""The order of leads, held against sorting all of them."""

from __future__ import annotations

import random

import pytest

from serving.pages.book import Entry, Label, Score
from serving.pages.book.listing import Listing


def put(entry, probability, owner="", segment=""):
    entry.score = None
    if probability is not None:
        entry.score = Score("r", 0, "scored", probability, 1, "A", None, None, None, "", "7")
    entry.label = Label("", "", "", owner, segment, "")


@pytest.mark.parametrize("at_once", [1, 7, 400])
def test_it_is_the_order_that_sorting_gives(at_once):
    draw, listing = random.Random(at_once), Listing()
    entries = [Entry(f"L{number:03d}") for number in range(400)]
    for _ in range(60):
        changed = {id(e): e for e in draw.sample(entries, at_once)}.values()
        for entry in changed:
            chance = (
                None if entry.listed is None and draw.random() < 0.3 else draw.choice((0.1, 0.2, draw.random()))
            )
            put(entry, chance, draw.choice(("", "Mia", "Noah")), draw.choice(("", "EU")))
        before, kept = listing.order, list(listing.order)
        listing.update(changed)
        assert before == kept, "who reads the order meanwhile sees it whole"
        scored = [e for e in entries if e.score is not None]
        assert listing.order == sorted(scored, key=lambda e: (-e.score.probability, e.lead_id))
        for name in ("Mia", "Noah"):
            assert listing.owners[name] == sum(e.label.owner == name for e in scored)
        assert listing.segments["EU"] == sum(e.label.segment == "EU" for e in scored)
    gone = draw.sample(listing.order, 20)
    listing.remove(gone)
    assert not set(map(id, gone)) & set(map(id, listing.order))
    assert listing.owners.total() == sum(bool(e.label.owner) for e in listing.order)


def test_choices_follow_what_there_is():
    listing = Listing()
    one, two, three = Entry("1"), Entry("2"), Entry("3")
    put(one, 0.5, "noah", "EU")
    put(two, 0.4, "Mia", "US")
    put(three, 0.3, "Mia", "US")
    listing.update([one, two, three])
    assert listing.names("owners") == ["Mia", "noah"]
    assert listing.names("segments") == ["US", "EU"]
    put(one, 0.5, "Mia", "")
    listing.update([one])
    assert listing.names("owners") == ["Mia"]
    assert listing.names("segments") == ["US"]
