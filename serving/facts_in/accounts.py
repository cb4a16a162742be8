"""Which account a lead is of, where what was told of it leaves that out."""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import select

from serving.ledger import tables
from serving.ledger.transaction import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from serving.facts_in.leads import ToldLead
    from serving.ledger import Ledger

_leads = tables.lead_facts

#: (known_at, account) of a lead's versions, in the order in which they hold.
_Accounts = dict[str, list[tuple[int, str | None]]]


def accounts_of(ledger: Ledger, told: Sequence[ToldLead]) -> list[str | None]:
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
