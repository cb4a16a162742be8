"""Which account a lead is of, where what was told of it leaves that out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from serving.ledger import tables
from serving.ledger.transaction import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from serving.ledger import Ledger

_leads = tables.lead_facts

#: (known_at, account) of a lead's versions, in the order in which they hold.
_Accounts = dict[str, list[tuple[int, str | None]]]


class SaidOf(Protocol):
    """What is told of a lead and its account; ``says_account`` False where the account was left out."""

    @property
    def lead_id(self) -> str:
        """Whose account."""

    @property
    def known_at(self) -> int:
        """Since when, in microseconds."""

    @property
    def account_id(self) -> str | None:
        """Which; None where there is none, or none is said."""

    @property
    def says_account(self) -> bool:
        """Whether it is said."""


async def find_accounts(ledger: Ledger, told: Sequence[SaidOf]) -> list[str | None]:
    """Return :func:`accounts_of`, without a look at the ledger where every lead says its account."""
    if all(lead.says_account for lead in told):
        return [lead.account_id for lead in told]
    return await asyncio.to_thread(accounts_of, ledger, told)


def accounts_of(ledger: Ledger, told: Sequence[SaidOf]) -> list[str | None]:
    """Return the account of each lead: the one that it says, else the one last known by then.

    What stands earlier in ``told`` counts as known already.
    """
    silent = sorted({lead.lead_id for lead in told if not lead.says_account})
    known: _Accounts = ledger.read(lambda connection: _read(connection, silent)) if silent else defaultdict(list)
    found = []
    for lead in told:
        account = lead.account_id if lead.says_account else _last(known[lead.lead_id], lead.known_at)
        known[lead.lead_id].append((lead.known_at, account))
        found.append(account)
    return found


def _read(connection: Connection, lead_ids: Sequence[str]) -> _Accounts:
    found: _Accounts = defaultdict(list)
    query = select(_leads.c.lead_id, _leads.c.known_at, _leads.c.account_id).order_by(_leads.c.seq)
    for chunk in chunks(lead_ids):
        for lead_id, known_at, account_id in connection.execute(query.where(_leads.c.lead_id.in_(chunk))):
            found[lead_id].append((known_at, account_id))
    return found


def _last(versions: list[tuple[int, str | None]], by: int) -> str | None:
    """Return the account known at ``by``; of two known at one moment the one told later."""
    before = [version for version in versions if version[0] <= by]
    return sorted(before, key=itemgetter(0))[-1][1] if before else None
