"""What the pages are made of: the desk, the book, who may look, and the papers of the model in service."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from serving.ledger.reads import read_setting
from serving.pages.book import Book
from serving.pages.papers import NO_PAPERS, Papers
from serving.pages.refused import Refused
from serving.pages.today import NAMES, OWNERS
from serving.pages.visitor import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.front.callers import KeyRing
    from serving.ledger import Ledger
    from serving.scoring.desk import Desk

#: What leads are grouped by where nothing is said: the first that the data have.
SEGMENTS = ("segment", "industry", "region", "country", "lead_source", "source")


class Site:
    """One worker's pages.

    ``capacity`` is how many leads the team can call in a week, None where nobody said; ``segment_by`` names the
    attribute that leads are grouped by, empty for the first of :data:`SEGMENTS` that the data have; ``papers_of``
    returns a version's papers, which are read once.
    """

    def __init__(
        self,
        desk: Desk,
        keys: KeyRing,
        *,
        user_header: str | None = None,
        capacity: int | None = None,
        segment_by: str = "",
        papers_of: Callable[[str], Papers] | None = None,
    ) -> None:
        self.desk = desk
        self.capacity = capacity
        self.gate = Gate(keys, self._secret, desk.clock, user_header)
        self._segment_by = segment_by
        self._papers_of = papers_of
        self._papers: tuple[str, Papers] = ("", NO_PAPERS)
        self._papers_lock = Lock()
        shown = {*NAMES, *OWNERS, *([segment_by] if segment_by else SEGMENTS)}
        self._book = None if desk.ledger is None else Book(desk.ledger, shown)

    @property
    def ledger(self) -> Ledger:
        """The ledger.

        Raises
        ------
        Refused
            The service was started without one.

        """
        if self.desk.ledger is None:
            raise Refused(
                503,
                "This service keeps nothing, so that there is nothing to show.",
                "Start it with leadquality serve --ledger FILE; leadquality ledger load fills one.",
            )
        return self.desk.ledger

    @property
    def book(self) -> Book:
        """The leads; see :meth:`caught_up`."""
        if self._book is None:
            _ = self.ledger
            raise AssertionError
        return self._book

    def caught_up(self) -> Book:
        """Return the book with everything that the ledger holds now."""
        self.book.catch_up()
        return self.book

    @property
    def segment(self) -> str:
        """The attribute that leads are grouped by, empty where the data have none."""
        if self._segment_by or not self.book.leads:
            return self._segment_by
        return next((name for name in SEGMENTS if self.book.has(name)), "")

    def papers(self) -> Papers:
        """Return the papers of the model in service."""
        version = self.desk.champion.model.version
        with self._papers_lock:
            if self._papers[0] != version:
                self._papers = (version, NO_PAPERS if self._papers_of is None else self._papers_of(version))
            return self._papers[1]

    def _secret(self) -> str:
        return self.ledger.read(lambda c: read_setting(c, "salt")) or ""
