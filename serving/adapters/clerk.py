"""Scores callers' records: read by a mapping, kept where that is wanted, and answered one by one."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.numbers import parse_number
from features.payload import LeadFacts
from models.reasons import LONGEST
from serving.adapters.taken import Taken, Untaken
from serving.facts_in.accounts import find_accounts
from serving.facts_in.keep import keep_facts
from serving.scoring.decide import Decision, decide, unscorable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.payload import Event, Vocabulary
    from serving.adapters.taken import Taker
    from serving.ledger import Ledger
    from serving.scoring.champion import Champion
    from serving.scoring.decide import Asked
    from serving.scoring.desk import Desk


@dataclass(slots=True)
class Outcome:
    """What became of a record: its answer, and whether its facts are kept, or deliberately not."""

    answer: dict[str, Any]
    settled: bool


@dataclass(frozen=True)
class Clerk:
    """Answers for records of callers; ``desk`` scores."""

    desk: Desk

    def remembers(self, taker: Taker) -> bool:
        """Tell whether the facts of this mapping's records are kept."""
        return taker.mapping.remember and self.desk.ledger is not None

    async def settle(self, taker: Taker, records: Sequence[object], asked: Asked) -> list[Outcome]:
        """Read, keep and score records; one outcome each, in their order.

        Facts are durable before they are scored, and receipts before this returns. A record that cannot be scored
        is answered as such, whatever is wrong with it.

        Raises
        ------
        LedgerError
            Facts or receipts cannot be kept; nothing is answered then.

        """
        champion = self.desk.champion
        takings = [taker.take(record, asked.now) for record in records]
        ledger = self.desk.ledger if self.remembers(taker) else None
        if ledger is not None:
            await _remember(ledger, takings, asked)
        decisions, outcomes = [], []
        for taken in takings:
            decision, settled = await self._decide(champion, taken, ledger, asked)
            decisions.append(decision)
            outcomes.append(Outcome(_completed(decision.answer, taken), settled))
            # Others' single leads come in between, instead of waiting for all of these.
            await asyncio.sleep(0)
        await self.desk.keep(decisions)
        return outcomes

    async def _decide(
        self, champion: Champion, taken: Taken | Untaken, ledger: Ledger | None, asked: Asked
    ) -> tuple[Decision, bool]:
        model = champion.model
        if isinstance(taken, Untaken):
            why = f"{taken.missing}: {taken.why}"
            return unscorable(model, taken.lead_id, asked.now, taken.missing, why, full=asked.full), False
        if ledger is None:
            facts = whole_facts(taken, model.vocabulary)
            return decide(champion, facts, asked, keep=self.desk.ledger is not None), False
        stored = await asyncio.to_thread(ledger.lead_facts, taken.lead_id, model.vocabulary, taken.as_of)
        if stored is None:
            # Told, and yet not there: a lead that was forgotten is kept from coming back.
            missing, why = "lead_id", "lead_id: this lead was forgotten on request, and nothing told of it is kept"
            if not await asyncio.to_thread(ledger.is_forgotten, taken.lead_id):
                missing, why = "created_at", "created_at: was told otherwise before, as a later time"
            return unscorable(model, taken.lead_id, taken.as_of, missing, why, full=asked.full), True
        return decide(champion, stored.facts, asked, people=stored.people, keep=True), True


async def _remember(ledger: Ledger, takings: Sequence[Taken | Untaken], asked: Asked) -> None:
    """Write the facts of all records in one transaction; note what contradicts what was told before."""
    told = [taken for taken in takings if isinstance(taken, Taken)]
    accounts = await find_accounts(ledger, told)
    facts = [taken.facts(account_id) for taken, account_id in zip(told, accounts, strict=True)]
    for taken, statuses in zip(told, await keep_facts(ledger, facts, asked.caller, asked.now), strict=True):
        conflicts = statuses.count("conflict")
        if conflicts:
            taken.unread.append(f"events: {conflicts} told otherwise before under the same id")


def whole_facts(taken: Taken, vocabulary: Vocabulary) -> LeadFacts:
    """Return the facts of a record alone, as a request that tells a lead whole would have them.

    A value without a time of its own counts as known since the lead was created, and how often it changed is
    unknown. What is told as the lead's and the model knows only of accounts is the account's, where the record
    tells none of its own.
    """
    versions: dict[Any, Any] = {}
    plain = set()
    for told, own in taken.versions.items():
        key = vocabulary.owner_of(*told)
        kind = vocabulary.attributes.get(key)
        if kind is None or (key != told and key in taken.versions):
            continue
        if kind == "number" and any(text is not None and _is_no_number(text) for _, text in own):
            taken.unread.append(f"{key[1]}: is a number in this model, and not in the record")
            continue
        if told in taken.plain:
            plain.add(key)
        versions[key] = [(taken.created_at, own[-1][1])] if told in taken.plain else own
    events: list[Event] = [
        (e.at, e.kind, e.known_at, math.nan if e.value is None else e.value, e.channel, e.campaign)
        for e in taken.events
        if e.kind in vocabulary.places
    ]
    return LeadFacts(
        lead_id=taken.lead_id,
        created_at=taken.created_at,
        as_of=taken.as_of,
        events=events,
        versions=versions,
        untracked=frozenset(plain),
    )


def _is_no_number(text: str) -> bool:
    return math.isnan(parse_number(text))


def _completed(answer: dict[str, Any], taken: Taken | Untaken) -> dict[str, Any]:
    """Return the answer with what was not read of the record, as a text that fits a CRM's field."""
    unread = "; ".join(taken.unread)
    if len(unread) > LONGEST:
        unread = unread[: LONGEST - 3] + "..."
    return {**answer, "ignored": taken.ignored, "unread": unread}
