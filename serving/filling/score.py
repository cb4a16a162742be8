"""Scoring every open lead of the ledger with the champion, and keeping the receipts that POST /v1/score would."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from features.errors import LeadQualityError
from features.facts.clock import format_moment
from serving.filling.open_leads import find_open
from serving.ledger import RecordReceipts
from serving.ledger.many import read_many
from serving.scoring.decide import Asked, decide

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from serving.filling.open_leads import OpenLeads
    from serving.ledger import Ledger, Receipt
    from serving.ledger.many import Known
    from serving.scoring.champion import Champion

CALLER = "ledger score"
#: Leads read with one set of queries, and whose receipts go into one transaction of some hundredths of a second:
#: the service, which writes the same ledger, waits no longer than that.
SIZE = 200


@dataclass
class Scored:
    """What became of the ledger's leads: ``statuses`` of those scored, and reasons of those that could not be.

    ``left_out`` counts leads that have an opportunity, or were no lead yet.
    """

    as_of: int
    statuses: Counter[str] = field(default_factory=Counter)
    unscorable: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def sentence(self, version: str) -> str:
        """Return what happened in one line, for a log."""
        total = self.statuses.total()
        done = f"{total:,} leads scored by version {version}" if total else "no lead was scored"
        said = [f"{done} as of {format_moment(self.as_of)} in {self.seconds:.1f} s"]
        said += [f"{count:,} {status}" for status, count in self.statuses.items() if status != "scored"]
        said += [f"{count:,} {why}" for why, count in self.left_out.items() if count]
        said += [f"{count:,} could not be scored: {why}" for why, count in self.unscorable.most_common()]
        return "; ".join(said)

    def to_dict(self, version: str) -> dict[str, Any]:
        """Return the same as JSON-ready values."""
        return {
            "model_version": version,
            "as_of": format_moment(self.as_of),
            "scored": self.statuses.total(),
            "degraded": self.statuses["degraded"],
            "unscorable": dict(self.unscorable),
            "left_out": self.left_out,
            "seconds": round(self.seconds, 3),
        }


def score_ledger(
    ledger: Ledger,
    champion: Champion,
    as_of: int,
    clock: Callable[[], int],
    step: Callable[[int, int], None] = lambda done, every: None,  # noqa: ARG005
) -> Scored:
    """Score all leads open at ``as_of`` (microseconds); the same facts and moment give the same receipts again.

    ``step`` is told how many leads of how many are done. Stopped at any moment, what was kept stays.

    Raises
    ------
    LedgerError
        The ledger is not to be had.

    """
    began = time.monotonic()
    found: OpenLeads = ledger.read(lambda connection: find_open(connection, as_of))
    scored = Scored(
        as_of, left_out={"have an opportunity": found.in_opportunity, "are no lead yet": found.too_early}
    )
    writing: Future[None] | None = None
    for begin in range(0, len(found.lead_ids), SIZE):
        chunk = found.lead_ids[begin : begin + SIZE]
        step(begin, len(found.lead_ids))
        receipts = _receipts(ledger, champion, chunk, Asked(CALLER, "", clock()), scored)
        # One write is under way while the next leads are scored, and never more than one.
        if writing is not None:
            writing.result()
        writing = ledger.submit(RecordReceipts(receipts)) if receipts else None
    if writing is not None:
        writing.result()
    step(len(found.lead_ids), len(found.lead_ids))
    scored.seconds = time.monotonic() - began
    return scored


def _receipts(ledger: Ledger, champion: Champion, chunk: list[str], asked: Asked, scored: Scored) -> list[Receipt]:
    vocabulary = champion.model.vocabulary
    known: dict[str, Known] = ledger.read(lambda c: read_many(c, chunk, vocabulary, scored.as_of))
    receipts = []
    for lead_id in chunk:
        if lead_id not in known:
            # Since the leads were listed, somebody was forgotten or is known otherwise.
            scored.unscorable["nothing is known of the lead any more"] += 1
            continue
        facts, people = known[lead_id]
        try:
            decision = decide(champion, facts, asked, people=people, keep=True)
        except LeadQualityError as error:
            scored.unscorable[error.message] += 1
            continue
        scored.statuses[decision.answer["status"]] += 1
        if decision.receipt is not None:
            receipts.append(decision.receipt)
    return receipts
