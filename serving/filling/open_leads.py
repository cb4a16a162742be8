"""Which leads of the ledger are open at a moment: known, created, and without an opportunity of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, select

from serving.ledger import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

_leads, _deals = tables.lead_facts, tables.opportunity_facts
#: Rows fetched at a time.
_CHUNK = 20_000


@dataclass(frozen=True)
class OpenLeads:
    """The ids of the open leads, those of one account together; how many others there are, and why not.

    ``in_opportunity`` have an opportunity, ``too_early`` were no lead yet.
    """

    lead_ids: list[str]
    in_opportunity: int
    too_early: int


def find_open(connection: Connection, as_of: int) -> OpenLeads:
    """Find the leads that ``leadquality score`` would score at ``as_of`` (microseconds) from the same facts."""
    query = select(_leads.c.lead_id, _leads.c.account_id, _leads.c.created_at)
    query = query.where(_leads.c.known_at < as_of).order_by(_leads.c.known_at, _leads.c.seq)
    latest = {
        lead_id: (account_id or "", lead_id, created_at)
        for lead_id, account_id, created_at in connection.execute(query.execution_options(yield_per=_CHUNK))
    }
    created = [lead for lead in latest.values() if lead[2] < as_of]
    taken = _with_opportunity(connection, as_of)
    found = sorted(lead for lead in created if lead[1] not in taken)
    every = connection.execute(select(func.count(distinct(_leads.c.lead_id)))).scalar_one()
    return OpenLeads([lead_id for _, lead_id, _ in found], len(created) - len(found), every - len(created))


def _with_opportunity(connection: Connection, as_of: int) -> set[str]:
    query = select(_deals.c.opportunity_id, _deals.c.lead_id, _deals.c.created_at)
    query = query.where(_deals.c.known_at < as_of).order_by(_deals.c.known_at, _deals.c.seq)
    latest = {
        name: (lead_id, created_at)
        for name, lead_id, created_at in connection.execute(query.execution_options(yield_per=_CHUNK))
    }
    return {lead_id for lead_id, created_at in latest.values() if lead_id is not None and created_at < as_of}
