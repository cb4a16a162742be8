"""The book kept up to date for those who look: at once where little is new, else beside them."""

from __future__ import annotations

from threading import Lock, Thread
from typing import TYPE_CHECKING

from serving.front.front import log_failure
from serving.ledger import LedgerError, LedgerUnavailable
from serving.pages.refused import StillReading

if TYPE_CHECKING:
    from serving.pages.book.book import Book

#: Rows of a kind that a visitor reads while waiting: some hundredths of a second.
MOST = 2_000
#: Seconds that a visitor waits for a reading that goes on beside.
PATIENCE = 0.5


class Keeping:
    """Brings a book up to date whenever somebody asks for it."""

    def __init__(self, book: Book, patience: float = PATIENCE) -> None:
        self._book = book
        self._patience = patience
        self._lock = Lock()
        self._reading: Thread | None = None
        self._failed: LedgerError | None = None

    def current(self) -> Book:
        """Return the book with everything that the ledger holds now.

        Raises
        ------
        StillReading
            There is more to read than somebody should wait for; it goes on.
        LedgerError
            The ledger is not to be had.

        """
        if self._book.is_read and self._reading is None and not self._book.step(MOST):
            return self._book
        with self._lock:
            if self._reading is None:
                self._failed = None
                self._reading = Thread(target=self._read, name="pages-book", daemon=True)
                self._reading.start()
            reading = self._reading
        reading.join(self._patience)
        if reading.is_alive():
            raise StillReading(self._book.progress())
        with self._lock:
            if self._reading is reading:
                self._reading = None
            if self._failed is not None:
                raise self._failed
        return self._book

    def _read(self) -> None:
        try:
            self._book.catch_up()
        except LedgerError as error:
            self._failed = error
        except Exception as error:
            # A row that nobody can read must not end this thread unheard, nor pass for the end of the reading.
            log_failure(error, "reading the book", "")
            self._failed = LedgerUnavailable("a row of the ledger cannot be read; the log says where")
