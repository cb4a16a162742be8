"""From decoded items to facts in the ledger, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from features.errors import PayloadError
from serving.facts_in.accounts import find_accounts
from serving.facts_in.happenings import read_told_event, read_told_opportunity, read_told_verdict
from serving.facts_in.keep import keep_facts
from serving.facts_in.leads import ToldLead, facts_of, read_told_lead
from serving.front.errors import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.payload import Vocabulary
    from serving.facts_in.told import Told
    from serving.ledger import Ledger, Status

Reader: TypeAlias = Callable[[object, "Vocabulary", int], "Told | ToldLead"]

#: Items read at a stretch, before others' requests come in between.
_STRETCH = 25

_WHY = {
    "conflict": "was told before with other content; what was told first stays",
    "forgotten": "this person is forgotten; nothing told of them is kept",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be told: ``name`` of a list of them, the key that names one, how many at once, and the reader."""

    name: str
    id_key: str
    most: int
    read: Reader


LEADS = Kind("leads", "lead_id", 300, read_told_lead)
EVENTS = Kind("events", "event_id", 1_000, read_told_event)
OPPORTUNITIES = Kind("opportunities", "opportunity_id", 300, read_told_opportunity)
VERDICTS = Kind("verdicts", "verdict_id", 300, read_told_verdict)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells facts and when (microseconds), and the vocabulary of the model in service."""

    ledger: Ledger
    vocabulary: Vocabulary
    caller: str
    now: int


async def record_items(kind: Kind, items: Sequence[object], telling: Telling) -> list[dict[str, Any]]:
    """Write the facts of some items in one transaction; return what became of each, in their order.

    When this returns, what was accepted is durable. An item that breaks the contract does not keep the others.

    Raises
    ------
    LedgerError
        The ledger is not to be had, and nothing was kept.

    """
    told = await _read_all(kind, items, telling)
    facts = [() if isinstance(each, PayloadError) else each.facts for each in told]
    statuses = await keep_facts(telling.ledger, facts, telling.caller, telling.now)
    return [
        _refused(kind, item, each) if isinstance(each, PayloadError) else _result(kind, each, own)
        for item, each, own in zip(items, told, statuses, strict=True)
    ]


async def _read_all(kind: Kind, items: Sequence[object], telling: Telling) -> list[Told | PayloadError]:
    found: list[Told | ToldLead | PayloadError] = []
    for i, item in enumerate(items):
        if i % _STRETCH == _STRETCH - 1:
            await asyncio.sleep(0)
        try:
            found.append(kind.read(item, telling.vocabulary, telling.now))
        except PayloadError as error:
            found.append(error)
    leads = [each for each in found if isinstance(each, ToldLead)]
    accounts = iter(await find_accounts(telling.ledger, leads))
    return [
        _laid_out(each, next(accounts), telling.vocabulary) if isinstance(each, ToldLead) else each
        for each in found
    ]


def _laid_out(lead: ToldLead, account_id: str | None, vocabulary: Vocabulary) -> Told | PayloadError:
    try:
        return facts_of(lead, account_id, vocabulary)
    except PayloadError as error:
        return error


def _result(kind: Kind, told: Told, statuses: list[Status]) -> dict[str, Any]:
    status = statuses[0]
    if status == "duplicate" and "accepted" in statuses:
        # A lead that is known, with an attribute that is not.
        status = "accepted"
    return {
        "status": status,
        kind.id_key: getattr(told.facts[0], kind.id_key),
        "field": kind.id_key if status == "conflict" else "lead_id" if status == "forgotten" else "",
        "message": _WHY.get(status, ""),
        "hint": "",
        "unknown_to_model": list(told.unknown),
    }


def _refused(kind: Kind, item: object, error: PayloadError) -> dict[str, Any]:
    found = item.get(kind.id_key) if isinstance(item, dict) else None
    return {
        "status": "error",
        kind.id_key: whole(found) if isinstance(found, str) else "",
        "field": whole(error.field),
        "message": whole(error.message),
        "hint": whole(error.hint or ""),
        "unknown_to_model": [],
    }


def count_results(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how many items each status has, and all names that the model does not know."""
    statuses = [result["status"] for result in results]
    names = ("accepted", "duplicate", "conflict", "forgotten", "error")
    return {
        **{name: statuses.count(name) for name in names},
        "unknown_to_model": sorted({name for result in results for name in result["unknown_to_model"]}),
    }
