"""The book itself: entries by lead, brought up to date from where the ledger was last read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from sys import intern
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from serving.ledger.transaction import tombstone_of
from serving.pages.book import increments
from serving.pages.book.entry import Entry, Score
from serving.pages.book.label import COMPANY, OWNERS, PERSON, SEGMENTS, label_of
from serving.pages.book.late import Late
from serving.pages.book.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from serving.ledger import Ledger

#: Rows of a kind read at a stretch.
CHUNK = 20_000


@dataclass
class _Stretch:
    """What was read in one transaction: rows and last number by kind, and who is forgotten if that changed."""

    rows: dict[str, Sequence[increments.Row]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    more: bool = False
    forgotten: tuple[frozenset[str], str] | None = None
    late: Late | None = None


class Book:
    """Every lead of a ledger with its newest score.

    Each worker has its own, read from the ledger the first time somebody looks and then only what was written
    since: a :meth:`step` takes about a millisecond where nothing was. ``version`` grows with every change that can
    move a lead in or out of a list; what people do changes none. ``segment_by`` names the attribute that leads are
    grouped by, empty for the first of :data:`SEGMENTS` that the data have.
    """

    def __init__(self, ledger: Ledger, segment_by: str = "") -> None:
        self.ledger = ledger
        self.leads: dict[str, Entry] = {}
        self.accounts: dict[str, dict[str, tuple[int, str | None]]] = {}
        self.members: dict[str, set[str]] = {}
        self.listing = Listing()
        self.version = 0
        #: Whether all was read that there was when we began.
        self.is_read = False
        self.segment = segment_by
        self._segments = (segment_by,) if segment_by else SEGMENTS
        self._shown = frozenset((*PERSON, *COMPANY, *OWNERS, *self._segments))
        self._last: dict[str, int] = {}
        self._late: Late | None = None
        self._n_forgotten = 0
        self._deals: dict[str, tuple[int, str | None]] = {}
        self._deals_of: Counter[str] = Counter()
        self._changed: dict[int, Entry] = {}
        self._lock = Lock()

    # --- reading -----------------------------------------------------------------------------------------

    def ranked(self) -> list[Entry]:
        """Return the scored leads, the most probable first."""
        return self.listing.order

    def people_of(self, account_id: str) -> list[Entry]:
        """Return an account's leads, the most probable first, those without a score last."""
        found = [e for name in tuple(self.members.get(account_id, ())) if (e := self.leads.get(name)) is not None]
        return sorted(
            found, key=lambda e: (e.score is None, 0 if e.score is None else -e.score.probability, e.lead_id)
        )

    # --- catching up -------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Read everything that was written since.

        Raises
        ------
        LedgerUnavailable
            The database is not to be had; what was read stays.

        """
        while self.step():
            pass

    def step(self, most: int = CHUNK) -> bool:
        """Read up to ``most`` rows of each kind that were written since; tell whether there may be more.

        Raises
        ------
        LedgerUnavailable
            The database is not to be had; what was read stays.

        """
        with self._lock:
            stretch = self.ledger.read(lambda connection: self._read(connection, most))
            self._late = stretch.late
            takers: dict[str, Callable[[Iterable[increments.Row]], None]] = {
                "leads": self._take_leads,
                "attributes": self._take_attributes,
                "events": self._take_events,
                "opportunities": self._take_opportunities,
                "verdicts": self._take_verdicts,
                "receipts": self._take_receipts,
            }
            for name, rows in stretch.rows.items():
                takers[name](rows)
                self.version += name != "events"
            self._last |= stretch.last
            if self._late is not None:
                numbers = [row[0] for row in stretch.rows.get("receipts", ())]
                self._late.note(numbers, self._last.get("receipts", 0), monotonic())
            if self.is_read or not stretch.more:
                self._settle()
            if stretch.forgotten is not None:
                self._drop(*stretch.forgotten)
            self.is_read = self.is_read or not stretch.more
            return stretch.more

    def progress(self) -> str:
        """Return how far the reading is, in words."""
        return f"{len(self.leads):,} leads so far"

    def _read(self, connection: Connection, most: int) -> _Stretch:
        """Read what comes next, all of one moment; the book stays as it is."""
        found = _Stretch(late=self._late)
        if connection.dialect.name != "sqlite" and found.late is None:
            found.late = Late(increments.last_number(connection, "receipts"))
        for name in increments.KINDS:
            if name == "events" and name not in self._last:
                # Each lead's last event, which the database finds faster than it hands out all of them.
                last = increments.last_number(connection, name)
                rows = increments.last_touches(connection, last) if last else []
            else:
                rows = increments.read(connection, name, self._last.get(name, 0), most)
                found.more = found.more or len(rows) == most
                last = rows[-1][0] if rows else 0
            if name == "receipts" and self.is_read and found.late is not None:
                known = increments.numbers(connection, name, found.late.floor, self._last.get(name, 0))
                rows = [*increments.read_these(connection, name, found.late.missing(known)), *rows]
            if rows:
                found.rows[name] = rows
            if last:
                found.last[name] = last
        if increments.count_forgotten(connection) != self._n_forgotten:
            found.forgotten = increments.tombstones(connection)
        return found

    # --- taking what was read ----------------------------------------------------------------------------

    def _entry(self, lead_id: str) -> Entry:
        found = self.leads.get(lead_id)
        if found is None:
            found = self.leads[lead_id] = Entry(lead_id)
            self._touch(found)
        return found

    def _touch(self, entry: Entry) -> None:
        self._changed[id(entry)] = entry

    def _take_leads(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id, account_id, created_at, known_at in rows:
            entry = self._entry(lead_id)
            if known_at < entry.known_at:
                continue
            if entry.account_id != account_id:
                if entry.account_id is not None:
                    self.members[entry.account_id].discard(lead_id)
                if account_id is not None:
                    self.members.setdefault(account_id, set()).add(lead_id)
            entry.account_id, entry.created_at, entry.known_at = account_id, created_at, known_at
            self._touch(entry)

    def _take_attributes(self, rows: Iterable[increments.Row]) -> None:
        for _, entity, entity_id, name, value, known_at in rows:
            if name not in self._shown:
                continue
            own = self._entry(entity_id).told if entity == "lead" else self.accounts.setdefault(entity_id, {})
            if name in own and known_at < own[name][0]:
                continue
            own[intern(name)] = (known_at, value if value is None or len(value) > 60 else intern(value))
            if entity == "lead":
                self._touch(self.leads[entity_id])
            else:
                for lead_id in self.members.get(entity_id, ()):
                    self._touch(self.leads[lead_id])
            self._group_by(name)

    def _group_by(self, name: str) -> None:
        """Group leads by an attribute that is told, if it comes before the one so far."""
        if name in self._segments and name != self.segment:
            order = [*self._segments, ""]
            if order.index(name) < order.index(self.segment):
                self.segment = name
                for entry in self.leads.values():
                    self._touch(entry)

    def _take_events(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id, kind, at in rows:
            entry = self._entry(lead_id)
            if entry.last_touch is None or (at, kind) >= (entry.last_touch, entry.last_kind):
                entry.last_touch, entry.last_kind = at, intern(kind)

    def _take_opportunities(self, rows: Iterable[increments.Row]) -> None:
        for _, opportunity_id, known_at, lead_id in rows:
            before, other = self._deals.get(opportunity_id, (known_at, None))
            if known_at < before:
                continue
            self._deals[opportunity_id] = (known_at, lead_id)
            # Told again, it may be another lead's.
            for name, change in ((other, -1), (lead_id, 1)):
                if name is not None and other != lead_id:
                    entry = self._entry(name)
                    self._deals_of[name] += change
                    entry.has_opportunity = self._deals_of[name] > 0
                    self._touch(entry)

    def _take_verdicts(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id, verdict, at in rows:
            entry = self._entry(lead_id)
            if at >= entry.verdict_at:
                entry.verdict, entry.verdict_at = intern(verdict), at  # type: ignore[assignment]
                self._touch(entry)

    def _take_receipts(self, rows: Iterable[increments.Row]) -> None:
        for _, receipt_id, lead_id, as_of, version, answer in rows:
            if answer is None or lead_id.startswith("forgotten:"):
                continue
            entry = self._entry(lead_id)
            if entry.needs(as_of, version):
                entry.take(Score.of(receipt_id, as_of, version, answer))
                self._touch(entry)

    def _settle(self) -> None:
        """Label the leads of which something changed, and put them in their place."""
        if not self._changed:
            return
        nothing: dict[str, tuple[int, str | None]] = {}
        for entry in self._changed.values():
            account = nothing if entry.account_id is None else self.accounts.get(entry.account_id, nothing)
            entry.label = label_of(entry.lead_id, entry.account_id, entry.told, account, self.segment)
        self.listing.update(self._changed.values())
        self._changed = {}

    def _drop(self, stones: frozenset[str], salt: str) -> None:
        """Take out who was forgotten since; the tombstones say it of nobody but those we have."""
        gone = [self.leads.pop(name) for name in list(self.leads) if tombstone_of(name, salt) in stones]
        for entry in gone:
            if entry.account_id is not None:
                self.members[entry.account_id].discard(entry.lead_id)
            # What was read of them and not yet put in its place stays out of it.
            self._changed.pop(id(entry), None)
        self.listing.remove(gone)
        self._n_forgotten = len(stones)
        self.version += 1
