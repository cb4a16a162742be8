"""Equal facts give equal bytes, and the bytes give back the facts."""

from __future__ import annotations

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.payload import Colleague, LeadFacts
from serving.ledger import LedgerRefused, canonical_input, from_canonical, input_digest
from tests.serving.ledger.made import START

VISIT = [(START, "visit", START, 0.3, None, None)]
TIMES = st.integers(0, 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.just(math.nan)
EVENTS = st.lists(st.tuples(TIMES, TEXTS, TIMES, NUMBERS, st.none() | TEXTS, st.none() | TEXTS), max_size=6)
VERSIONS = st.lists(st.tuples(TIMES, st.none() | TEXTS), max_size=3)
DEALS = st.lists(st.tuples(TIMES, st.none() | TIMES, st.none() | st.booleans()), max_size=4)
KEYS = st.tuples(st.sampled_from(["lead", "account"]), TEXTS)
COLLEAGUES = st.lists(
    st.builds(Colleague, TIMES, EVENTS, st.dictionaries(TEXTS, VERSIONS, max_size=3)), max_size=3
)
FACTS = st.builds(
    LeadFacts,
    lead_id=TEXTS,
    created_at=TIMES,
    as_of=TIMES,
    events=EVENTS,
    versions=st.dictionaries(KEYS, VERSIONS, max_size=4),
    colleagues=st.none() | COLLEAGUES,
    deals=st.none() | DEALS,
    untracked=st.frozensets(KEYS, max_size=3),
)


def same(a, b) -> bool:
    """Whether two values are equal, numbers to the last bit and NaN to NaN."""
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, LeadFacts | Colleague):
        return type(a) is type(b) and same(vars(a), vars(b))
    return type(a) is type(b) and a == b


@given(FACTS)
def test_the_facts_come_back(facts):
    body = canonical_input(facts)
    read = from_canonical(body, facts.as_of)
    # What comes back is in the canonical order; from then on, both ways are exact.
    assert same(from_canonical(canonical_input(read), facts.as_of), read)
    assert canonical_input(read) == body
    assert sorted(map(repr, read.events)) == sorted(map(repr, facts.events))
    assert same(read.versions, {key: facts.versions[key] for key in read.versions})
    assert read.versions.keys() == facts.versions.keys()
    assert (read.deals is None) == (facts.deals is None)
    assert sorted(map(repr, read.deals or [])) == sorted(map(repr, facts.deals or []))
    assert (read.lead_id, read.created_at, read.as_of, read.untracked) == (
        facts.lead_id,
        facts.created_at,
        facts.as_of,
        facts.untracked,
    )
    if facts.colleagues is None:
        assert read.colleagues is None
    else:
        for one, other in zip(read.colleagues, facts.colleagues, strict=True):
            assert same(one.versions, other.versions)
            assert one.created_at == other.created_at
            assert sorted(map(repr, one.events)) == sorted(map(repr, other.events))


@given(FACTS, st.randoms(use_true_random=False), TIMES)
def test_order_and_as_of_do_not_matter(facts, random, as_of):
    events = [event for event in facts.events if struct.pack("<d", event[3]) != struct.pack("<d", -0.0)]
    facts = replace(facts, events=events)
    shuffled = replace(
        facts,
        as_of=as_of,
        events=random.sample(events, len(events)),
        versions=dict(random.sample(list(facts.versions.items()), len(facts.versions))),
        deals=None if facts.deals is None else random.sample(facts.deals, len(facts.deals)),
    )
    assert canonical_input(shuffled) == canonical_input(facts)


@pytest.mark.parametrize(
    "change",
    [
        {"lead_id": "L2"},
        {"created_at": START + 1},
        {"events": []},
        {"events": [(START, "visit", START, 0.1 + 0.2, None, None)]},
        {"events": [(START, "visit", START, math.nan, None, None)]},
        {"versions": {("account", "title"): [(START, "VP")]}},
        {"versions": {("lead", "title"): [(START, None)]}},
        {"colleagues": []},
        {"deals": []},
        {"untracked": frozenset({("lead", "title")})},
    ],
)
def test_every_difference_makes_another_digest(change):
    facts = LeadFacts("L1", START, START, VISIT, {("lead", "title"): [(START, "VP")]})
    other = replace(facts, **change)
    assert input_digest(canonical_input(facts)) != input_digest(canonical_input(other))


def test_the_form_is_readable_and_does_not_change():
    """Digests of years ago must go on to match: never another text for the same facts."""
    facts = LeadFacts(
        "L1",
        1,
        9,
        [(3, "b", 3, math.nan, None, None), (2, "a", 2, 1.0, "web", "fair")],
        {("lead", "title"): [(1, "VP"), (4, None)], ("account", "size"): [(1, "7")]},
        [Colleague(0, [(1, "a", 1, 0.1, None, None)], {"title": [(0, "CEO")]})],
        [(5, None, None), (2, 6, True)],
        frozenset({("lead", "title")}),
    )
    assert canonical_input(facts) == (
        b'{"colleagues":[[0,[[1,"a",1,0.1,null,null]],[["title",[[0,"CEO"]]]]]],"created_at":1,'
        b'"deals":[[2,6,true],[5,null,null]],'
        b'"events":[[2,"a",2,1.0,"web","fair"],[3,"b",3,null,null,null]],"lead_id":"L1",'
        b'"untracked":[["lead","title"]],'
        b'"versions":[["account","size",[[1,"7"]]],["lead","title",[[1,"VP"],[4,null]]]]}'
    )


def test_half_a_character_is_refused():
    with pytest.raises(LedgerRefused, match="surrogate"):
        canonical_input(LeadFacts("L\ud800", START, START, []))
