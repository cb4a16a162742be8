"""Each page's content, gathered for one visitor."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from features.facts.clock import DAY
from serving.ledger.facts import id_fault
from serving.pages import account_page, card_page, lead_page, receipt_page
from serving.pages.book.columns import GRADES
from serving.pages.refused import Refused
from serving.pages.render import page
from serving.pages.today import ROWS, Wanted

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.pages.book import Book, Entry
    from serving.pages.site import Site
    from serving.pages.visitor import Visitor

_STATES = {
    "open": "not decided yet",
    "accepted": "accepted",
    "rejected": "rejected",
    "recycled": "sent back",
    "all": "all of them",
}
#: A model card has its style in itself.
_CARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
#: Choices of a list that are shown; the rest is found by searching.
_MOST_CHOICES = 200
#: Scores older than this (microseconds) are said to be old.
_OLD = 2 * DAY


@dataclass(frozen=True)
class View:
    """The site as one visitor sees it."""

    site: Site
    visitor: Visitor

    # --- pages -------------------------------------------------------------------------------------------

    def today(self, query: dict[str, str]) -> Response:
        """Show who to call now."""
        wanted, book = Wanted.of(self.known(query, Wanted)), self.site.book()
        now, listing = self.site.desk.clock(), book.listing
        found = listing.choose(wanted)
        pages = max(1, -(-len(found) // ROWS))
        first = (min(wanted.page, pages) - 1) * ROWS
        rows = found.part(first, first + ROWS)
        content = {
            "wanted": wanted,
            "rows": rows,
            "first": first,
            "found": len(found),
            "pages": pages,
            "number": min(wanted.page, pages),
            "line": self._line(wanted, first, len(rows)),
            "capacity": self.site.capacity,
            "grades": GRADES,
            "states": _STATES,
            "segment_name": book.segment.replace("_", " "),
            "segments": _with(listing.columns.segments.by_size(), wanted.segment),
            "owners": _with(listing.columns.owners.by_name(), wanted.owner),
            "csv": "/today.csv?" + wanted.query(page=1),
            "scored": len(book.ranked()),
            "known": len(book.leads),
            "oldest": self._oldest(rows, now),
        }
        return self._page("today.html.j2", "today", content)

    def lead(self, query: dict[str, str]) -> Response:
        """Show one lead."""
        asked = self.known(query, ("id", "done"))
        book = self.site.book()
        entry = self._entry(book, asked.get("id", ""))
        content = lead_page.gather(self.site, book, entry, may_judge=self.visitor.may_judge)
        return self._page("lead.html.j2", "lead", {**content, "done": asked.get("done", "")})

    def account(self, query: dict[str, str]) -> Response:
        """Show one account's people."""
        account_id = self.known(query, ("id",)).get("id", "")
        book = self.site.book()
        people = book.people_of(account_id) if id_fault(account_id) is None else []
        if not people:
            raise Refused(404, f"Nobody is known of an account {account_id[:60]!r}.")
        return self._page("account.html.j2", "account", account_page.gather(self.site, account_id, people))

    def card(self, query: dict[str, str]) -> Response:
        """Show the agreed card and the model."""
        self.known(query, ())
        content = card_page.gather(self.site, is_admin=self.visitor.is_admin)
        return self._page("card.html.j2", "card", content)

    def model_card(self, query: dict[str, str]) -> Response:
        """Show what training wrote of the model."""
        self.known(query, ())
        text = self.site.papers().model_card
        if not text:
            version = self.site.desk.champion.model.version
            raise Refused(404, f"Training left no model card of version {version}.")
        return HTMLResponse(text, headers={"content-security-policy": _CARD_POLICY})

    def receipt(self, query: dict[str, str]) -> Response:
        """Show one score, computed again."""
        receipt_id = self.known(query, ("id",)).get("id", "")
        found = None if id_fault(receipt_id) is not None else self.site.ledger.receipt(receipt_id)
        if found is None:
            raise Refused(404, f"There is no receipt {receipt_id[:60]!r}.")
        content = receipt_page.gather(self.site, found, is_admin=self.visitor.is_admin)
        return self._page("receipt.html.j2", "receipt", content)

    # --- what they have in common ------------------------------------------------------------------------

    def known(self, query: dict[str, str], names: type[Wanted] | tuple[str, ...]) -> dict[str, str]:
        """Return the query, which may name nothing else than this."""
        known = {f.name for f in fields(names)} if isinstance(names, type) else set(names)
        for name in query:
            if name not in known:
                raise Refused(400, f"This page knows nothing of {name[:40]!r}.")
        return query

    def _page(self, template: str, where: str, content: dict[str, Any]) -> Response:
        model = self.site.desk.champion.model
        around = {
            "where": where,
            "visitor": self.visitor,
            "now": self.site.desk.clock(),
            "version": model.version,
            "card_name": None if model.card is None else model.card.name,
            "lead_link": lead_link,
            "account_link": account_link,
        }
        return page(template, around | content)

    def _entry(self, book: Book, lead_id: str) -> Entry:
        entry = book.leads.get(lead_id) if id_fault(lead_id) is None else None
        if entry is not None:
            return entry
        if id_fault(lead_id) is None and self.site.ledger.is_forgotten(lead_id):
            raise Refused(410, "This person was forgotten; nothing of them is kept.")
        raise Refused(404, f"Nothing is known of a lead {lead_id[:60]!r}.", "Search for it on the first page.")

    def _line(self, wanted: Wanted, first: int, shown: int) -> int | None:
        """Return after how many of the rows shown the team's week is full, None where that is elsewhere."""
        capacity = self.site.capacity
        if capacity is None or wanted.state not in {"open", "all"}:
            return None
        return capacity - first if first < capacity < first + shown + 1 else None

    def _oldest(self, entries: list[Entry], now: int) -> int | None:
        """Return the moment of the oldest score shown, None where all are fresh."""
        moments = [e.score.as_of for e in entries if e.score is not None and now - e.score.as_of > _OLD]
        return min(moments, default=None)


def _with(names: list[str], chosen: str) -> list[str]:
    """Return names to choose from, the chosen one among them however many there are."""
    shown = names[:_MOST_CHOICES]
    return shown if not chosen or chosen in shown else [chosen, *shown]


def lead_link(lead_id: str) -> str:
    """Return a lead's address; ids may hold anything."""
    return "/lead?" + urlencode({"id": lead_id})


def account_link(account_id: str) -> str:
    """Return an account's address."""
    return "/account?" + urlencode({"id": account_id})
