"""The book itself: entries by lead, brought up to date from where the ledger was last read."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from serving.ledger.transaction import tombstone_of
from serving.pages.book import increments
from serving.pages.book.entry import Entry, Score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from serving.ledger import Ledger

#: Rows read at a stretch.
CHUNK = 20_000


class Book:
    """Every lead of a ledger with its newest score.

    Each worker has its own, read from the ledger the first time somebody looks and then only what was written
    since: :meth:`catch_up` takes about a millisecond where nothing was. ``version`` grows with every change.
    """

    def __init__(self, ledger: Ledger, shown: Iterable[str]) -> None:
        self.ledger = ledger
        self.shown = frozenset(shown)
        self.leads: dict[str, Entry] = {}
        self.accounts: dict[str, dict[str, str | None]] = {}
        self.members: dict[str, set[str]] = {}
        self.version = 0
        self.is_read = False
        self._versions: dict[tuple[str, str, str], int] = {}
        self._pending: dict[str, list[tuple[str, int, str, str]]] = {}
        self._deals: dict[str, tuple[int, str | None]] = {}
        self._last: dict[str, int] = {}
        self._recent: dict[str, set[int]] = {}
        self._tombstones = 0
        self._lock = Lock()
        self._ranked: tuple[int, list[Entry]] = (-1, [])

    # --- reading -----------------------------------------------------------------------------------------

    def ranked(self) -> list[Entry]:
        """Return the scored leads, the most probable first."""
        version, found = self._ranked
        if version != self.version:
            version = self.version
            with self._lock:
                scored = [entry for entry in self.leads.values() if entry.score is not None]
            found = sorted(scored, key=_rank)
            self._ranked = (version, found)
        return found

    def company(self, entry: Entry, name: str) -> str | None:
        """Return an attribute of a lead, or else of its account."""
        found = entry.attributes.get(name)
        if found is None and entry.account_id is not None:
            found = self.accounts.get(entry.account_id, {}).get(name)
        return found

    def people_of(self, account_id: str) -> list[Entry]:
        """Return an account's leads, the most probable first, those without a score last."""
        found = [self.leads[name] for name in self.members.get(account_id, ()) if name in self.leads]
        return sorted(
            found, key=lambda e: (e.score is None, 0 if e.score is None else -e.score.probability, e.lead_id)
        )

    # --- catching up -------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Read what was written since.

        Raises
        ------
        LedgerUnavailable
            The database is not to be had; what was read stays.

        """
        readers: dict[str, Callable[[Sequence[increments.Row]], None]] = {
            "leads": self._take_leads,
            "attributes": self._take_attributes,
            "events": self._take_events,
            "opportunities": self._take_opportunities,
            "verdicts": self._take_verdicts,
            "receipts": self._take_receipts,
        }
        with self._lock:
            self._drop_forgotten()
            if not self.is_read:
                self._take_last_touches()
            for name, take in readers.items():
                while rows := self._read(name):
                    take(rows)
                    self.version += 1
            self._settle()
            self.is_read = True

    def _read(self, name: str) -> list[increments.Row]:
        """Return the next rows that were not read before."""
        after, recent = self._last.get(name, 0), self._recent.setdefault(name, set())
        found = self.ledger.read(lambda c: increments.read(c, name, after, CHUNK))
        rows = [row for row in found if row[0] not in recent]
        if rows:
            last = self._last[name] = max(after, int(rows[-1][0]))
            recent.update(row[0] for row in rows)
            self._recent[name] = {seq for seq in recent if seq > last - increments.OVERLAP}
        return rows

    def _entry(self, lead_id: str) -> Entry:
        found = self.leads.get(lead_id)
        if found is None:
            found = self.leads[lead_id] = Entry(lead_id)
        return found

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

    def _take_attributes(self, rows: Iterable[increments.Row]) -> None:
        for _, entity, entity_id, name, value, known_at in rows:
            if name not in self.shown or known_at < self._versions.get((entity, entity_id, name), -1):
                continue
            self._versions[entity, entity_id, name] = known_at
            own = (
                self._entry(entity_id).attributes if entity == "lead" else self.accounts.setdefault(entity_id, {})
            )
            own[name] = value

    def _take_events(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id, kind, at in rows:
            entry = self._entry(lead_id)
            if entry.last_touch is None or at >= entry.last_touch:
                entry.last_touch, entry.last_kind = at, kind

    def _take_last_touches(self) -> None:
        """Begin with each lead's last event, which the database finds faster than it hands out all of them."""
        self._last["events"] = self.ledger.read(increments.last_event)
        self._take_events(self.ledger.read(lambda c: increments.last_touches(c, self._last["events"])))

    def _take_opportunities(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id in rows:
            if lead_id is not None:
                self._entry(lead_id).has_opportunity = True

    def _take_verdicts(self, rows: Iterable[increments.Row]) -> None:
        for _, lead_id, verdict, at in rows:
            entry = self._entry(lead_id)
            if at >= entry.verdict_at:
                entry.verdict, entry.verdict_at = verdict, at

    def _take_receipts(self, rows: Iterable[increments.Row]) -> None:
        """Keep what may matter of each lead; the answers are read once it is known which are the newest."""
        for _, receipt_id, lead_id, as_of, version, answer in rows:
            if answer is not None and not lead_id.startswith("forgotten:"):
                self._pending.setdefault(lead_id, []).append((receipt_id, as_of, version, answer))

    def _settle(self) -> None:
        for lead_id, told in self._pending.items():
            entry = self._entry(lead_id)
            for one in increments.worth_reading(told):
                entry.take(Score.of(*one))
        self._pending.clear()

    def _drop_forgotten(self) -> None:
        """Take out who was forgotten since; the tombstones say it of nobody but those we have."""
        stones, salt = self.ledger.read(increments.tombstones)
        if len(stones) == self._tombstones:
            return
        for lead_id in [name for name in self.leads if tombstone_of(name, salt) in stones]:
            gone = self.leads.pop(lead_id)
            if gone.account_id is not None:
                self.members[gone.account_id].discard(lead_id)
        self._tombstones = len(stones)
        self.version += 1

    # --- what there is to choose from --------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Tell whether any lead or account has an attribute."""
        return any(one[2] == name for one in self._versions)

    def values_of(self, name: str) -> list[str]:
        """Return the values that leads or their accounts have of an attribute, the most frequent first."""
        counted = Counter(self.company(entry, name) for entry in self.ranked())
        counted.pop(None, None)
        return [value for value, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if value]


def _rank(entry: Entry) -> tuple[float, str]:
    return (-entry.score.probability if entry.score is not None else 0.0, entry.lead_id)
