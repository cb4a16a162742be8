"""The order of leads, held against sorting all of them."""

from __future__ import annotations

import random

import pytest

from serving.pages.book import Entry, Label, Score
from serving.pages.book.listing import Listing
from serving.pages.today import Wanted

#: A choice, and which leads it is of.
CHOICES = {
    Wanted(state="all"): lambda e: True,
    Wanted(): lambda e: e.verdict in {None, "recycled"},
    Wanted(state="rejected"): lambda e: e.verdict == "rejected",
    Wanted(state="all", grade="C"): lambda e: e.score.grade == "C",
    Wanted(state="all", part="yes"): lambda e: e.score.agree is False,
    Wanted(state="all", owner="Mia", segment="EU"): lambda e: e.label[3:5] == ("Mia", "EU"),
    Wanted(state="all", owner="nobody"): lambda e: False,
    Wanted(state="all", search="L00"): lambda e: e.lead_id.startswith("L00"),
    Wanted(state="all", search="0"): lambda e: "0" in e.lead_id,
    Wanted(state="all", search="noah\0l"): lambda e: False,
    Wanted(search="noah"): lambda e: e.verdict in {None, "recycled"} and e.label.owner == "Noah",
}


def put(entry, probability, owner="", segment="", grade="A"):
    entry.score = None
    if probability is not None:
        entry.score = Score("r", 0, "scored", probability, 1, grade, None, None, grade == "D", "", "7")
    entry.label = Label("", "", "", owner, segment, f"{entry.lead_id} {owner}".casefold())


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
            put(entry, chance, draw.choice(("", "Mia", "Noah")), draw.choice(("", "EU")), draw.choice("ABCD"))
            entry.verdict = draw.choice((None, None, "accepted", "rejected", "recycled"))
            entry.has_opportunity = draw.random() < 0.1
        before, kept = listing.order, list(listing.order)
        listing.update(changed)
        assert before == kept, "who reads the order meanwhile sees it whole"
        scored = [e for e in entries if e.score is not None]
        assert listing.order == sorted(scored, key=lambda e: (-e.score.probability, e.lead_id))
        columns = listing.columns
        for name in ("Mia", "Noah"):
            assert columns.owners.counts[name] == sum(e.label.owner == name for e in scored)
        assert columns.segments.counts["EU"] == sum(e.label.segment == "EU" for e in scored)
        for wanted, test in CHOICES.items():
            found = listing.choose(wanted)
            expected = [e for e in listing.order if not e.has_opportunity and test(e)]
            assert found.part() == expected
            assert len(found) == len(expected)
            assert found.part(2, 5) == expected[2:5]
    gone = draw.sample(listing.order, 20)
    chosen = listing.choose(Wanted(state="all"))
    listing.remove(gone)
    assert not set(map(id, gone)) & set(map(id, listing.order))
    assert not set(map(id, gone)) & set(map(id, chosen.part())), "nor on a page that was begun before"
    kept = [e for e in listing.order if e.label.owner]
    assert sum(n for name, n in listing.columns.owners.counts.items() if name) == len(kept)


def test_choices_follow_what_there_is():
    listing = Listing()
    one, two, three = Entry("1"), Entry("2"), Entry("3")
    put(one, 0.5, "noah", "EU")
    put(two, 0.4, "Mia", "US")
    put(three, 0.3, "Mia", "US")
    listing.update([one, two, three])
    assert listing.columns.owners.by_name() == ["Mia", "noah"]
    assert listing.columns.segments.by_size() == ["US", "EU"]
    put(one, 0.5, "Mia", "")
    listing.update([one])
    assert listing.columns.owners.by_name() == ["Mia"]
    assert listing.columns.segments.by_size() == ["US"]
