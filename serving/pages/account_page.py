"""One account: who is there, who is active, and what they did together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from features.facts.clock import DAY
from serving.ledger import tables
from serving.pages.happened import read_events, read_said, readable
from serving.pages.pictures.timeline import group_timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.pages.book import Entry
    from serving.pages.happened import Happened, Said
    from serving.pages.site import Site

#: Somebody is active who did something within so many days.
ACTIVE = 30
MOST_PEOPLE, _MOST_DRAWN = 200, 12
_MOST_KINDS = 6
#: Ids in one statement.
_AT_ONCE = 500


def gather(site: Site, account_id: str, people: list[Entry]) -> dict[str, Any]:
    """Return the page's content; ``people`` are the account's leads, the most probable first."""
    now = site.desk.clock()
    active = [e for e in people if e.last_touch is not None and now - e.last_touch <= ACTIVE * DAY]
    lately = sorted(people, key=lambda e: -(e.last_touch or 0))[:_MOST_DRAWN]
    drawn = [(e.lead_id, e.label.name) for e in lately if e.last_touch is not None]

    def kept(connection: Connection) -> tuple[list[Happened], list[dict[str, Any]], list[Said], Counter[str]]:
        return (
            read_events(connection, [lead_id for lead_id, _ in drawn]),
            read_deals(connection, account_id, [e.lead_id for e in people]),
            read_said(connection, "account", account_id),
            read_kinds(connection, [e.lead_id for e in people], now - ACTIVE * DAY),
        )

    events, deals, said, together = site.ledger.read(kept)
    return {
        "account_id": account_id,
        "company": next((e.label.company for e in people if e.label.company), account_id),
        "people": people[:MOST_PEOPLE],
        "n_people": len(people),
        "active": active,
        "active_days": ACTIVE,
        "together": together.most_common(_MOST_KINDS),
        "best": next((e for e in people if e.score is not None), None),
        "grades": {g: sum(e.score is not None and e.score.grade == g for e in people) for g in "ABCD"},
        "deals": deals,
        "said": readable(said, site.desk.champion.model.vocabulary, "account"),
        "picture": group_timeline(events, drawn, now),
    }


def read_deals(connection: Connection, account_id: str, leads: list[str]) -> list[dict[str, Any]]:
    """Return the account's opportunities as they were last told, the newest first."""
    deals = tables.opportunity_facts
    columns = ("opportunity_id", "created_at", "closed_at", "won", "amount", "account_id", "lead_id")
    people, ids = set(leads), set()
    for ours in (deals.c.account_id == account_id, *(deals.c.lead_id.in_(part) for part in _parts(leads))):
        ids |= set(connection.execute(select(deals.c.opportunity_id).where(ours)).scalars())
    latest: dict[str, dict[str, Any]] = {}
    for part in _parts(sorted(ids)):
        # Every version of each, since the last may be another account's.
        query = select(*(deals.c[name] for name in columns)).where(deals.c.opportunity_id.in_(part))
        rows = connection.execute(query.order_by(deals.c.known_at, deals.c.seq))
        latest |= {row.opportunity_id: dict(row._mapping) for row in rows}
    own = [deal for deal in latest.values() if deal["account_id"] == account_id or deal["lead_id"] in people]
    return sorted(own, key=lambda deal: (-deal["created_at"], deal["opportunity_id"]))


def read_kinds(connection: Connection, leads: list[str], since: int) -> Counter[str]:
    """Return how often people did something of each kind since a moment."""
    events, found = tables.event_facts.c, Counter[str]()
    for part in _parts(leads):
        query = select(events.kind, func.count()).where(events.lead_id.in_(part), events.at >= since)
        found.update({row[0]: row[1] for row in connection.execute(query.group_by(events.kind))})
    return found


def _parts(ids: list[str]) -> list[list[str]]:
    """Return ids in parts that one statement holds."""
    return [ids[i : i + _AT_ONCE] for i in range(0, len(ids), _AT_ONCE)]
