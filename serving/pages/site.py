"""What the pages are made of: the desk, the book, who may look, and the papers of the model in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.ledger.reads import read_setting
from serving.pages.book import Book
from serving.pages.book.keeping import Keeping
from serving.pages.papers import Shelf
from serving.pages.refused import Refused
from serving.pages.visitor import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.front.callers import KeyRing
    from serving.ledger import Ledger
    from serving.pages.papers import Papers
    from serving.scoring.desk import Desk


class Site:
    """One worker's pages.

    ``capacity`` is how many leads the team can call in a week, None where nobody said; ``segment_by`` names the
    attribute that leads are grouped by, empty for a usual one that the data have; ``papers_of``
    asks for a version's papers.
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
        self._shelf = Shelf(papers_of)
        self._book = None if desk.ledger is None else Book(desk.ledger, segment_by)
        self._keeping = None if self._book is None else Keeping(self._book)

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
                command="leadquality serve --ledger FILE",
            )
        return self.desk.ledger

    def book(self) -> Book:
        """Return the leads, with everything that the ledger holds of them now.

        Raises
        ------
        Refused
            There is no ledger, or the book is still being read.
        LedgerError
            The ledger is not to be had.

        """
        if self._keeping is None:
            _ = self.ledger
            raise AssertionError
        return self._keeping.current()

    def papers(self) -> Papers:
        """Return the papers of the model in service."""
        return self._shelf.of(self.desk.champion.model.version)

    def _secret(self) -> str:
        return self.ledger.read(lambda c: read_setting(c, "salt")) or ""
