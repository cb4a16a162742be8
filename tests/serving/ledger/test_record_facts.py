"""Facts told once, again, late, in another order, and of somebody forgotten."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from features.facts.clock import DAY
from serving.ledger import (
    AttributeFact,
    LeadFact,
    LedgerRefused,
    OpportunityFact,
    RecordFacts,
    VerdictFact,
    fault_of,
    tables,
)
from tests.serving.ledger.made import NOW, START, WORDS, event, lead, tell, title

DEAL = OpportunityFact("O1", START, START, lead_id="L1")
VERDICT = VerdictFact("v1", "L1", START, "accepted", "good")


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (lead(), lead(), "duplicate"),
        (lead(), lead(known=5), "duplicate"),
        (lead(), lead(account_id="acme", known=5), "accepted"),
        (title("VP"), title("VP", 4), "duplicate"),
        (title("VP"), title("CEO", 4), "accepted"),
        (title("VP"), title(None, 4), "accepted"),
        (title("VP"), title("CEO"), "accepted"),
        (title("VP", 4), title("VP", 0), "accepted"),
        (title("VP"), title(" VP ", 4), "duplicate"),
        (event("e1"), event("e1"), "duplicate"),
        (event("e1"), event("e1", known=NOW), "duplicate"),
        (event("e1"), event("e1", value=3.0), "conflict"),
        (event("e1"), event("e1", lead_id="L2"), "conflict"),
        (event("e1"), event("e2"), "accepted"),
        (DEAL, DEAL, "duplicate"),
        (DEAL, replace(DEAL, known_at=START + DAY), "duplicate"),
        (DEAL, replace(DEAL, known_at=START + DAY, closed_at=START + DAY, won=False), "accepted"),
        (VERDICT, VERDICT, "duplicate"),
        (VERDICT, replace(VERDICT, verdict="rejected"), "conflict"),
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_a_fact_told_again(ledger, first, second, status, together):
    if together:
        assert tell(ledger, first, second) == ["accepted", status]
    else:
        assert [*tell(ledger, first), *tell(ledger, second)] == ["accepted", status]
    assert tell(ledger, first, second) == ["duplicate", "duplicate" if status == "accepted" else status]
    rows = sum(n for name, n in ledger.counts().items() if name.endswith("_facts"))
    # The same at a later moment is a row, although it is no news; it bounds what may yet be heard of late.
    later = (
        status == "duplicate" and first != second and hasattr(first, "known_at") and not hasattr(first, "event_id")
    )
    assert rows == (2 if status == "accepted" or later else 1)


def test_a_late_repeat_does_not_undo_a_correction_of_the_same_moment(ledger):
    tell(ledger, lead(), title("VP"))
    tell(ledger, title("CEO"))
    assert tell(ledger, title("VP")) == ["duplicate"]
    assert ledger.lead_facts("L1", WORDS, NOW).facts.versions == {("lead", "title"): [(START, "CEO")]}


def test_facts_in_any_order_tell_the_same(address, ledger):
    facts = [lead(), title("VP"), title("CEO", 5), event("e1", day=2), event("e2", day=1), title("VP", 9)]
    for i, order in enumerate(itertools.islice(itertools.permutations(facts), 0, 720, 90)):
        named = [
            replace(
                f, **{k: f"{i}-{getattr(f, k)}" for k in ("lead_id", "entity_id", "event_id") if hasattr(f, k)}
            )
            for f in order
        ]
        for fact in named:
            assert tell(ledger, fact) == ["accepted"]
        found = ledger.lead_facts(f"{i}-L1", WORDS, NOW).facts
        assert [event[0] for event in found.events] == [START + DAY, START + 2 * DAY]
        assert [text for _, text in found.versions["lead", "title"]] == ["VP", "CEO", "VP"]


VALUES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([None, "A", "B", "C"])), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    versions=VALUES.map(lambda told: sorted(dict(told).items())),
    data=st.data(),
)
def test_versions_told_in_any_order_are_those_told_in_time(ledger, versions, data):
    """Each kind that has versions: whoever reads at whatever moment finds what was last said before it."""
    name = uuid.uuid4().hex
    facts = [fact for day, value in versions for fact in said(name, day, value)]
    told = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts), max_size=4))))
    while told:
        size = data.draw(st.integers(1, len(told)))
        tell(ledger, *told[:size])
        told = told[size:]
    for day in range(14):
        before = [value for known, value in versions if known < day]
        found = ledger.lead_facts(name, WORDS, START + day * DAY)
        assert (found is None) == (not before)
        if found is not None:
            assert found.account_id == (before[-1] and f"{name}-{before[-1]}")
            title = found.facts.versions.get(("lead", "title"), [])
            assert title == changes(versions, day)
            won = [deal[1] is not None for deal in found.facts.deals or ()]
            # The opportunity is the lead's; it is over while its title is B.
            assert won == ([before[-1] == "B"] if found.facts.deals is not None else [])


def said(name, day, value):
    """Return a lead, its title, and its opportunity as known on a day."""
    at = START + day * DAY
    closed = START - DAY if value == "B" else None
    account = value and f"{name}-{value}"
    return (
        LeadFact(name, account, START - DAY, at),
        AttributeFact("lead", name, "title", value, at),
        OpportunityFact(f"O{name}", START - DAY, at, closed, None if closed is None else True, lead_id=name),
    )


def changes(versions, day):
    """Return the versions known before a day, without those that say what the one before them says."""
    known = [(START + known * DAY, value) for known, value in versions if known < day]
    return [version for i, version in enumerate(known) if i == 0 or known[i - 1][1] != version[1]]


def test_a_value_heard_of_late_holds_until_the_next_telling(ledger):
    tell(ledger, lead(), title("A", 1))
    assert tell(ledger, title("A", 3)) == ["duplicate"]
    assert tell(ledger, title("B", 2)) == ["accepted"]
    found = ledger.lead_facts("L1", WORDS, START + 4 * DAY).facts.versions["lead", "title"]
    assert found == [(START + DAY, "A"), (START + 2 * DAY, "B"), (START + 3 * DAY, "A")]


def test_who_says_nothing_of_the_account_confirms_none(ledger):
    tell(ledger, lead(account_id="acme"))
    silent = replace(lead(account_id="acme", known=3), says_account=False)
    assert tell(ledger, silent) == ["duplicate"]
    tell(ledger, lead(account_id="bolt", known=2))
    assert ledger.lead_facts("L1", WORDS, START + 4 * DAY).account_id == "bolt"


@pytest.mark.parametrize("together", [False, True])
def test_who_says_nothing_of_the_account_undoes_no_change_of_it(ledger, together):
    """The account was looked up, then changed by another telling, and then the silent one is written."""
    tell(ledger, lead(account_id="acme"))
    changed = lead(account_id="bolt", known=2)
    silent = replace(lead(account_id="acme", known=3), says_account=False)
    earlier = replace(silent, created_at=START - DAY, known_at=START + 4 * DAY)
    if together:
        assert tell(ledger, changed, silent, earlier) == ["accepted", "duplicate", "accepted"]
    else:
        assert [tell(ledger, fact) for fact in (changed, silent, earlier)] == [
            ["accepted"],
            ["duplicate"],
            ["accepted"],
        ]
    found = ledger.lead_facts("L1", WORDS, START + 5 * DAY)
    assert (found.account_id, found.facts.created_at) == ("bolt", START - DAY)
    # A telling of the time before the change is of the account that it was of then.
    late = replace(silent, created_at=START - 2 * DAY, known_at=START + DAY, account_id="bolt")
    assert tell(ledger, late) == ["accepted"]
    assert ledger.lead_facts("L1", WORDS, START + 2 * DAY).account_id == "acme"


@pytest.mark.parametrize(
    ("fact", "field", "why"),
    [
        (lead("L\0"), "lead_id", "NUL"),
        (lead("L\ud800"), "lead_id", "surrogate"),
        (lead(""), "lead_id", "is empty"),
        (lead(" L1"), "lead_id", "white space"),
        (lead("x" * 201), "lead_id", "longer than 200"),
        (lead(None), "lead_id", "is missing"),
        (lead(7), "lead_id", "expected text"),
        (title("a\0b"), "value", "NUL"),
        (title("\udfff"), "value", "surrogate"),
        (title("x" * 1001), "value", "longer than 1,000"),
        (title(5.0), "value", "expected text"),
        (event("e", kind=""), "kind", "is empty"),
        (event("e", value=float("nan")), "value", "finite"),
        (event("e", value=float("inf")), "value", "finite"),
        (event("e", value="3"), "value", "finite"),
        (event("e", known=START), "known_at", "before the event's own time"),
        (event("e", campaign="\0"), "campaign", "NUL"),
        (replace(event("e"), at=1.5), "at", "whole microseconds"),
        (replace(event("e"), at=-1), "at", "before 1970"),
        (replace(event("e"), known_at=2**70), "known_at", "after 9999"),
        (replace(event("e"), known_at=True), "known_at", "whole microseconds"),
        (AttributeFact("person", "L1", "title", "VP", START), "entity", "none of lead, account"),
        (OpportunityFact("O", START, START), "lead_id", "neither lead nor account"),
        (OpportunityFact("O", START, START, START - 1, lead_id="L"), "closed_at", "before"),
        (OpportunityFact("O", START, START, None, True, lead_id="L"), "closed_at", "is missing"),
        (OpportunityFact("O", START, START, START, 1, lead_id="L"), "won", "true or false"),
        (VerdictFact("v", "L1", START, "liked"), "verdict", "accepted, rejected, recycled"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(ledger, fact, field, why):
    assert fault_of(fact)[0] == field
    with pytest.raises(LedgerRefused, match=why) as caught:
        ledger.submit(RecordFacts([lead("good"), fact], "key", NOW))
    assert caught.value.field == f"items[1].{field}"
    assert tell(ledger, lead("good")) == ["accepted"]


@pytest.mark.parametrize("text", ["Zoë 🦊 \U0010ffff", "x" * 1000, "a'b\"c\\%s ? :x", "line\nbreak\ttab", "é"])
def test_odd_text_comes_back_as_it_was(ledger, text):
    tell(ledger, lead(), title(text), event("🦊" * 50, campaign=text))
    found = ledger.lead_facts("L1", WORDS, NOW).facts
    assert found.versions["lead", "title"] == [(START, text)]
    assert found.events[0][5] == text


@pytest.mark.parametrize("value", [0.1, 5e-324, 1.7976931348623157e308, 3.0])
def test_numbers_come_back_to_the_bit(ledger, value):
    tell(ledger, lead(), event("e1", value=value))
    assert ledger.lead_facts("L1", WORDS, NOW).facts.events[0][3].hex() == value.hex()


def test_zero_has_no_sign(ledger):
    tell(ledger, lead(), event("e1", value=-0.0))
    assert tell(ledger, event("e1", value=0)) == ["duplicate"]
    assert ledger.lead_facts("L1", WORDS, NOW).facts.events[0][3].hex() == "0x0.0p+0"


def test_the_record_never_goes_back_with_the_clock(ledger):
    tell(ledger, event("e1"), recorded_at=NOW)
    tell(ledger, event("e2"), recorded_at=NOW - DAY)
    tell(ledger, event("e3"), recorded_at=NOW + 1)
    events = tables.event_facts
    query = select(events.c.recorded_at).order_by(events.c.seq)
    assert ledger.read(lambda c: list(c.execute(query).scalars())) == [NOW, NOW, NOW + 1]


def test_many_facts_of_one_write_keep_their_order(ledger):
    facts = [event(f"e{i:04}", day=i % 90) for i in range(1500)]
    assert tell(ledger, *facts) == ["accepted"] * 1500
    assert tell(ledger, *reversed(facts), event("new")) == ["duplicate"] * 1500 + ["accepted"]
