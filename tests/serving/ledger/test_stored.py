"""A lead read from the ledger is the lead that a request would tell, and that the exported dataset holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR, format_moment, parse_moment
from features.history import History
from features.history.from_tables import account_kind
from features.language.behaviour import ACCOUNT_KINDS
from features.payload import Vocabulary, read_lead
from features.plan import compile_plan
from features.requests import request_for
from serving.ledger import (
    AttributeFact,
    EventFact,
    LeadFact,
    OpportunityFact,
    RecordFacts,
    canonical_input,
    from_canonical,
    open_ledger,
)
from serving.ledger.export import export_dataset
from tests.features.histories import KINDS, OBSERVED, START
from tests.features.test_kernel import EVERY, assert_same_bits
from tests.serving.ledger import made

AS_OF = START + 30 * DAY
ACCOUNTS = ("acme", "bolt")
IDS = tuple(f"L{i}" for i in range(5))
NAMES = {("lead", "title"), ("lead", "visits_before"), ("account", "employees"), ("account", "industry")}
WORDS = Vocabulary(
    kinds=tuple(sorted(KINDS)),
    observed_from=dict.fromkeys([*KINDS, *map(account_kind, ACCOUNT_KINDS)], OBSERVED),
    attributes={key: "number" if key[1] in {"visits_before", "employees"} else "category" for key in NAMES},
)
# Each example makes a ledger and a dataset: shrinking one would take minutes.
SLOWLY = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
# Around as_of on both sides, often at one and the same moment.
MOMENTS = st.integers(0, 40 * 4).map(lambda quarter: START + quarter * 6 * HOUR)


@st.composite
def events(draw):
    at = draw(MOMENTS)
    late = draw(st.sampled_from([0, 0, 0, HOUR, 9 * DAY]))
    value = draw(st.none() | st.sampled_from([0.1, 0.2, 1e16, -3.0]))
    texts = st.none() | st.sampled_from(["web", "mail"])
    kind = draw(st.sampled_from(KINDS))
    return draw(st.sampled_from(IDS)), kind, at, at + late, draw(texts), draw(texts), value


@st.composite
def attributes(draw):
    entity, name = draw(st.sampled_from(sorted(NAMES)))
    owner = draw(st.sampled_from(IDS if entity == "lead" else ACCOUNTS))
    texts = {"title": ["VP", "Intern"], "industry": ["Software", "Retail"]}.get(name, ["5", "80"])
    return AttributeFact(entity, owner, name, draw(st.none() | st.sampled_from(texts)), draw(MOMENTS))


@st.composite
def deals(draw):
    created = draw(MOMENTS)
    number, lead = draw(st.integers(0, 3)), draw(st.none() | st.sampled_from(IDS))
    account = draw(st.sampled_from([*ACCOUNTS, *([] if lead is None else [None, "ghost"])]))
    opened = OpportunityFact(f"O{number}", created, created, lead_id=lead, account_id=account)
    if draw(st.booleans()):
        return [opened]
    closed = created + draw(st.integers(0, 80)) * 6 * HOUR
    return [opened, replace(opened, known_at=closed, closed_at=closed, won=draw(st.booleans()))]


@st.composite
def tellings(draw):
    """Draw facts in the order in which they are told, which is any."""
    facts: list = []
    for name in IDS:
        created = draw(MOMENTS.filter(lambda moment: moment < AS_OF + DAY))
        facts.append(LeadFact(name, draw(st.none() | st.sampled_from(ACCOUNTS)), created, created))
    facts += [EventFact(f"e{i}", *event) for i, event in enumerate(draw(st.lists(events(), max_size=40)))]
    facts += draw(st.lists(attributes(), max_size=25))
    seen: dict[str, list] = {}
    for deal in draw(st.lists(deals(), max_size=4)):
        seen.setdefault(deal[0].opportunity_id, deal)
    facts += [fact for deal in seen.values() for fact in deal]
    return draw(st.permutations(facts))


def born(told, account):
    """Whether somebody was of the account by then."""
    return any(isinstance(f, LeadFact) and f.account_id == account and f.created_at < AS_OF for f in told)


def _is_of(told, deal):
    return deal.account_id is None or born(told, deal.account_id)


def features_of(facts):
    plan = compile_plan(EVERY, WORDS.kinds, WORDS.observed_from)
    history = History.of_lead(facts, WORDS)
    return plan.run(history, np.array([0]), np.array([facts.as_of]))[0]


@SLOWLY
@given(told=tellings())
def test_the_ledger_and_its_export_give_the_same_features_bit_for_bit(told, tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    # That an account got its first lead later the dataset knows, and the moment did not.
    told = [f for f in told if not isinstance(f, OpportunityFact) or f.account_id == "ghost" or _is_of(told, f)]
    with open_ledger(str(folder / "ledger.db"), durability="process", patience=20) as ledger:
        half = len(told) // 2
        for part in (told[:half], told[half:]):
            ledger.write(RecordFacts(part, "", AS_OF))
        dataset = export_dataset(ledger, folder / "data", START + 90 * DAY)
        stored = {name: ledger.lead_facts(name, WORDS, AS_OF) for name in IDS}
    history = History.from_dataset(dataset)
    plan = compile_plan(EVERY, history.kinds, WORDS.observed_from)
    for name, found in stored.items():
        born = next(f.created_at for f in told if isinstance(f, LeadFact) and f.lead_id == name)
        assert (found is None) == (born >= AS_OF)
        if found is None:
            continue
        batch = plan.run(history, history.positions([name]), np.array([AS_OF]))[0]
        assert_same_bits(features_of(found.facts), batch, EVERY.names)
        again = from_canonical(canonical_input(found.facts), AS_OF)
        assert_same_bits(features_of(again), batch, EVERY.names)


@SLOWLY
@given(told=tellings())
def test_the_ledger_reads_what_a_request_of_the_same_facts_tells(told, tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    told = [f for f in told if not isinstance(f, OpportunityFact) or _is_of(told, f)]
    with open_ledger(str(folder / "ledger.db"), durability="process", patience=20) as ledger:
        ledger.write(RecordFacts(told, "", AS_OF))
        dataset = export_dataset(ledger, folder / "data", START + 90 * DAY)
        for name in IDS:
            found = ledger.lead_facts(name, WORDS, AS_OF)
            if found is not None:
                body = request_for(dataset, name, AS_OF, WORDS.attributes.keys())
                asked = read_lead(body, WORDS, parse_moment("2030-01-01"))
                # What a request says in any order the ledger gives in the canonical one.
                assert canonical_input(found.facts) == canonical_input(asked)
                assert found.facts == from_canonical(canonical_input(asked), AS_OF)


def test_nothing_known_at_the_moment_or_later_is_read(ledger):
    at = made.NOW
    made.tell(ledger, made.lead("L1", "acme"), made.title("VP"), made.event("e1"), made.lead("mate", "acme"))
    before = ledger.lead_facts("L1", made.WORDS, at)
    made.tell(
        ledger,
        LeadFact("L1", "bolt", made.START, at),
        LeadFact("new", "acme", made.START, at),
        LeadFact("mate", None, made.START, at),
        AttributeFact("lead", "L1", "title", "CEO", at),
        AttributeFact("account", "acme", "employees", "9", at),
        EventFact("e2", "L1", "visit", made.START, at),
        EventFact("e3", "mate", "visit", made.START, at),
        OpportunityFact("O1", made.START, at, account_id="acme"),
    )
    assert ledger.lead_facts("L1", made.WORDS, at) == before
    after = ledger.lead_facts("L1", made.WORDS, at + 1)
    assert after.account_id == "bolt"
    assert len(after.facts.events) == 2


def test_a_lead_moves_to_another_account(ledger):
    made.tell(ledger, made.lead("L1", "acme"), made.lead("L2", "acme"), made.lead("L1", "bolt", known=10))
    old = ledger.lead_facts("L2", made.WORDS, made.START + 10 * DAY)
    new = ledger.lead_facts("L2", made.WORDS, made.START + 10 * DAY + 1)
    assert (old.people, new.people) == (("L1",), ())


def test_what_the_model_does_not_know_is_skipped_and_counted(ledger):
    made.tell(
        ledger,
        made.lead("L1", "acme"),
        made.event("e1", kind="download"),
        made.event("e2", kind="download"),
        made.event("e3"),
        AttributeFact("lead", "L1", "shoe_size", "44", made.START),
        AttributeFact("account", "acme", "title", "not the lead's", made.START),
    )
    found = ledger.lead_facts("L1", made.WORDS, made.NOW)
    assert (found.skipped_kinds, found.skipped_attributes) == ({"download": 2}, {"shoe_size": 1, "title": 1})
    assert [event[1] for event in found.facts.events] == ["visit"]
    assert found.missing == ("account_attributes.employees", "attributes.title")


@pytest.mark.parametrize("lead_id", ["nobody", "", "L' OR 1=1 --", "L1 ", "x" * 9999])
def test_an_unknown_lead_is_none(ledger, lead_id):
    made.tell(ledger, made.lead("L1"))
    assert ledger.lead_facts(lead_id, made.WORDS, made.NOW) is None


def test_what_is_missing_is_said(ledger):
    made.tell(ledger, made.lead("L1"), made.title("VP"), made.title(None, 3))
    assert ledger.lead_facts("L1", made.WORDS, made.NOW).missing == (
        "account_id",
        "events",
        "account_attributes.employees",
        "attributes.title",
    )


def test_an_export_says_what_it_could_not_take(ledger, tmp_path):
    made.tell(ledger, made.lead("L1", "acme"), made.event("e1"), made.event("e2", "never told of"))
    dataset = export_dataset(ledger, tmp_path / "data", made.NOW)
    assert dataset.manifest.counts["events"] == 1
    assert dataset.manifest.rejected == {"events": 1}
    assert dataset.manifest.observed_until == format_moment(made.NOW)
