"""One account: who is there, who is active, and what they did together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from features.facts.clock import DAY
from serving.ledger import tables
from serving.pages.happened import read_events, read_said
from serving.pages.pictures.timeline import group_timeline
from serving.pages.today import called, company_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.pages.book import Entry
    from serving.pages.site import Site

#: Somebody is active who did something within so many days.
ACTIVE = 30
MOST_PEOPLE, _MOST_DRAWN = 200, 12


def gather(site: Site, account_id: str, people: list[Entry]) -> dict[str, Any]:
    """Return the page's content; ``people`` are the account's leads, the most probable first."""
    book, ledger, now = site.book, site.ledger, site.desk.clock()
    active = [e for e in people if e.last_touch is not None and now - e.last_touch <= ACTIVE * DAY]
    lately = sorted(people, key=lambda e: -(e.last_touch or 0))[:_MOST_DRAWN]
    names = {e.lead_id: called(e) for e in [*people[:MOST_PEOPLE], *lately]}
    drawn = [(e.lead_id, names[e.lead_id]) for e in lately if e.last_touch is not None]
    events = ledger.read(lambda c: read_events(c, [lead_id for lead_id, _ in drawn]))
    return {
        "account_id": account_id,
        "company": company_of(book, people[0]) or account_id,
        "people": people[:MOST_PEOPLE],
        "n_people": len(people),
        "names": names,
        "active": active,
        "active_days": ACTIVE,
        "best": next((e for e in people if e.score is not None), None),
        "grades": {g: sum(e.score is not None and e.score.grade == g for e in people) for g in "ABCD"},
        "deals": ledger.read(lambda c: read_deals(c, account_id, [e.lead_id for e in people])),
        "said": ledger.read(lambda c: read_said(c, "account", account_id)),
        "picture": group_timeline(events, drawn, now),
    }


def read_deals(connection: Connection, account_id: str, leads: list[str]) -> list[dict[str, Any]]:
    """Return the account's opportunities as they were last told, the newest first."""
    deals = tables.opportunity_facts
    columns = ("opportunity_id", "created_at", "closed_at", "won", "amount")
    ours = (deals.c.account_id == account_id) | deals.c.lead_id.in_(leads[:500])
    query = select(*(deals.c[name] for name in columns)).where(ours).order_by(deals.c.known_at, deals.c.seq)
    latest = {row.opportunity_id: dict(row._mapping) for row in connection.execute(query)}
    return sorted(latest.values(), key=lambda deal: -deal["created_at"])
