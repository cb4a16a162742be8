"""The one way of told facts into the ledger, whoever told them and in whatever form."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

from serving.ledger import RecordFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger import Fact, Ledger, Status


async def keep_facts(ledger: Ledger, told: Sequence[Sequence[Fact]], caller: str, now: int) -> list[list[Status]]:
    """Write the facts of some items in one transaction; return the statuses of each item's facts.

    When this returns, what was accepted is durable.

    Raises
    ------
    LedgerError
        The ledger is not to be had, and nothing was kept.

    """
    facts = [fact for own in told for fact in own]
    if not facts:
        return [[] for _ in told]
    statuses = iter(await asyncio.wrap_future(ledger.submit(RecordFacts(facts, caller, now))))
    return [list(islice(statuses, len(own))) for own in told]
