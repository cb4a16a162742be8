"""What a worker scores with: the champion, the ledger, and a clock."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from features.errors import PayloadError, UnscorableError
from features.facts.clock import format_moment
from features.payload import read_lead
from features.payload.values import read_id, read_moment
from serving.ledger.facts import id_fault
from serving.ledger.many import Known, read_many
from serving.scoring.decide import Asked, Decision, decide, unscorable
from serving.scoring.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from features.payload import Vocabulary
    from serving.ledger import Ledger, StoredLead
    from serving.scoring.champion import Champion

#: A body with none but these names a lead that the service was told of.
_BY_ID = frozenset(("lead_id", "as_of"))


@dataclass(frozen=True)
class Ahead:
    """What was read of leads together, in the words of one champion's model.

    ``found`` is by id and moment, None where the ledger knows nothing of one.
    """

    champion: Champion
    found: Mapping[tuple[str, int], Known | None]


@dataclass
class Desk:
    """Scores leads, whole or by id, and keeps the receipts; ``ledger`` None keeps none and knows no lead.

    A request takes ``champion`` once, so that one put in its place meanwhile changes nothing for it. Leads are
    scored on the event loop itself: one takes less than handing it to a thread would.
    """

    champion: Champion
    ledger: Ledger | None
    clock: Callable[[], int]
    _outbox: Outbox | None = field(default=None, init=False, repr=False)

    async def score(self, told: object, asked: Asked) -> dict[str, Any]:
        """Score one decoded lead; the answer comes once its receipt is durable.

        Raises
        ------
        PayloadError
            The lead breaks the contract.
        LedgerError
            The receipt cannot be kept; nothing is answered then.

        """
        decision = await self.decide(told, asked)
        await self.keep([decision])
        return decision.answer

    async def decide(self, told: object, asked: Asked, ahead: Ahead | None = None) -> Decision:
        """Score one decoded lead without keeping the receipt; ``ahead`` has what was read for it with others."""
        if self.ledger is not None and _is_reference(told):
            return await self._known(told, asked, self.ledger, ahead)
        return self._told(told, asked)

    async def read_ahead(self, every: Sequence[object], asked: Asked) -> Ahead:
        """Read the leads that are named by id with a few queries for all, by id and moment; None is unknown.

        An account's facts are read once for all of its leads: 200 leads of one company took as many readings of
        199 colleagues each. What is no proper reference is passed over; :meth:`decide` says what ails it.
        """
        wanted: dict[int, dict[str, None]] = {}
        for told in every if self.ledger is not None else ():
            if _is_reference(told):
                with suppress(PayloadError):
                    lead_id, as_of = read_reference(told, asked.now)
                    wanted.setdefault(as_of, {})[lead_id] = None
        champion = self.champion
        known: dict[tuple[str, int], Known | None] = {}
        vocabulary = champion.model.vocabulary
        for as_of, names in wanted.items():
            assert self.ledger is not None  # noqa: S101 - else nothing is wanted
            found = await asyncio.to_thread(self.ledger.read, partial(_read, list(names), vocabulary, as_of))
            known |= {(name, as_of): found.get(name) for name in names}
        return Ahead(champion, known)

    async def keep(self, decisions: Sequence[Decision]) -> None:
        """Write the receipts of some decisions in one transaction."""
        receipts = [decision.receipt for decision in decisions if decision.receipt is not None]
        if receipts and self.ledger is not None:
            if self._outbox is None:
                self._outbox = Outbox(self.ledger)
            await self._outbox.keep(receipts)

    def _told(self, told: object, asked: Asked) -> Decision:
        model = self.champion.model
        try:
            facts = read_lead(told, model.vocabulary, asked.now)
        except UnscorableError as error:
            # What was read before the lack was found is as it should be.
            given: dict[str, Any] = told if isinstance(told, dict) else {}
            lead_id, as_of = given.get("lead_id", ""), read_as_of(given, asked.now)
            return unscorable(model, lead_id, as_of, error.field, error.message, full=asked.full)
        people = tuple(
            name
            for other in (told.get("colleagues") or () if isinstance(told, dict) else ())
            if (name := other.get("lead_id"))
        )
        if self.ledger is not None:
            _check_ids(facts.lead_id, told)
        return decide(self.champion, facts, asked, people=people, keep=self.ledger is not None)

    async def _known(self, told: dict[str, Any], asked: Asked, ledger: Ledger, ahead: Ahead | None) -> Decision:
        # Taken once: another may be in its place when the facts are there.
        champion, model = self.champion, self.champion.model
        lead_id, as_of = reference = read_reference(told, asked.now)
        stored: Known | StoredLead | None
        if ahead is not None and ahead.champion is champion and reference in ahead.found:
            stored = ahead.found[reference]
        else:
            stored = await asyncio.to_thread(ledger.lead_facts, lead_id, model.vocabulary, as_of)
        if stored is None:
            before = format_moment(as_of)
            why = f"nothing is known of lead {lead_id[:60]!r} before {before}: POST /v1/leads tells of it"
            if await asyncio.to_thread(ledger.is_forgotten, lead_id):
                why = "this person is forgotten: nothing told of them is kept"
            return unscorable(model, lead_id, as_of, "lead_id", why, full=asked.full)
        return decide(champion, stored.facts, asked, people=stored.people, keep=True)


def _is_reference(told: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(told, dict) and told.keys() <= _BY_ID and "lead_id" in told


def _read(names: list[str], vocabulary: Vocabulary, as_of: int, connection: Connection) -> dict[str, Known]:
    return read_many(connection, names, vocabulary, as_of)


def read_reference(told: dict[str, Any], now: int) -> tuple[str, int]:
    """Return the lead and moment that a body of nothing but an id names."""
    lead_id = read_id(told, "lead_id", "")
    if not lead_id:
        raise PayloadError("lead_id", "is empty")
    _check_id(lead_id, "lead_id")
    return lead_id, read_as_of(told, now)


def _check_ids(lead_id: str, told: object) -> None:
    """Refuse ids under which no receipt could be kept, or its person forgotten; an id may be left out.

    Raises
    ------
    PayloadError
        An id holds NUL, or begins or ends with white space; ``field`` is the caller's name of it.

    """
    if lead_id:
        _check_id(lead_id, "lead_id")
    for i, other in enumerate((told.get("colleagues") or ()) if isinstance(told, dict) else ()):
        if name := other.get("lead_id"):
            _check_id(name, f"colleagues[{i}].lead_id")


def _check_id(lead_id: str, field: str) -> None:
    if (fault := id_fault(lead_id)) is not None:
        raise PayloadError(field, fault)


def read_as_of(told: dict[str, Any], now: int) -> int:
    """Return the moment that a body asks for, else now."""
    return now if told.get("as_of") is None else read_moment(told["as_of"], "as_of", now)
