"""Leads read together are the leads read one by one."""

from __future__ import annotations

from hypothesis import given

from features.facts.clock import DAY
from serving.ledger import LeadFact, OpportunityFact, RecordFacts, canonical_input, open_ledger
from serving.ledger.many import read_many
from serving.ledger.stored import read_stored
from tests.serving.ledger import made
from tests.serving.ledger.test_stored import AS_OF, IDS, SLOWLY, WORDS, tellings


def assert_same(ledger, lead_ids, vocabulary, as_of):
    """Hold leads read together against each read alone; return how many were leads."""
    together = ledger.read(lambda c: read_many(c, lead_ids, vocabulary, as_of))
    for lead_id in lead_ids:
        alone = ledger.read(lambda c, lead_id=lead_id: read_stored(c, lead_id, vocabulary, as_of))
        known = together.get(lead_id)
        assert (known is None) == (alone is None)
        if known is not None:
            assert known.people == alone.people
            # Missing values are NaN, which equals nothing: the canonical text shows them as null.
            assert canonical_input(known.facts) == canonical_input(alone.facts)
            assert known.facts.as_of == alone.facts.as_of
    return len(together)


@SLOWLY
@given(told=tellings())
def test_together_as_one_by_one(told, tmp_path_factory):
    file = tmp_path_factory.mktemp("told") / "ledger.db"
    with open_ledger(str(file), durability="process", patience=20) as ledger:
        ledger.write(RecordFacts(told, "", AS_OF))
        for as_of in (AS_OF, AS_OF - 10 * DAY):
            assert_same(ledger, IDS, WORDS, as_of)
            assert_same(ledger, IDS[1:3], WORDS, as_of)


def test_leads_that_move_and_deals_of_strangers(ledger):
    day = lambda n: made.START + n * DAY  # noqa: E731 - short
    made.tell(
        ledger,
        made.lead("L1", "acme"),
        made.lead("L2", "acme"),
        made.lead("L3", "bolt"),
        made.lead("L4"),
        made.lead("L1", "bolt", known=10),
        made.lead("L2", None, known=12),
        LeadFact("L5", "acme", day(20), day(20)),
        made.title("VP", lead_id="L1"),
        *(made.event(f"e{i}", f"L{i % 5 + 1}", day=i) for i in range(20)),
        OpportunityFact("O1", day(2), day(2), account_id="acme"),
        OpportunityFact("O2", day(2), day(2), account_id="ghost", lead_id="L1"),
        OpportunityFact("O3", day(3), day(3), lead_id="L2"),
        OpportunityFact("O3", day(3), day(9), closed_at=day(9), won=True, lead_id="L3", account_id="bolt"),
        OpportunityFact("O4", day(5), day(5), account_id="bolt", lead_id="L2"),
    )
    for n in (1, 4, 9, 10, 11, 13, 21, 30):
        assert_same(ledger, ["L1", "L2", "L3", "L4", "L5", "nobody"], made.WORDS, day(n))
