"""Whether a ledger's file is still the one that was opened.

A file that is moved, deleted or replaced is written on by whoever has it open: SQLite and the system say nothing,
and what is acknowledged goes where nobody will look for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from serving.ledger.errors import LedgerUnavailable

if TYPE_CHECKING:
    from sqlalchemy import URL

_HINT = "put the ledger's file back, or restart the service"


class SameFile:
    """The file that an address named when this was made; of a database server there is none to look at."""

    def __init__(self, url: URL) -> None:
        # Absolute, as the driver takes it: the process may go to another folder later.
        self._path = os.path.abspath(str(url.database)) if url.drivername == "sqlite" else None
        self._opened = self._now()

    def check(self) -> None:
        """Look whether the path still leads there, which takes 1 to 2 us.

        Raises
        ------
        LedgerUnavailable
            The file is gone, or another one stands in its place.

        """
        if (found := self._now()) != self._opened:
            what = "the file was moved or deleted" if found is None else "another file was put in the place"
            of = " while it was open" if found is None else " of the one that was opened"
            raise LedgerUnavailable(f"{self._path}: {what}{of}; nothing is written any more", hint=_HINT)

    def _now(self) -> tuple[int, int] | None:
        """Return what the path leads to (device and number on it), None where that is nothing."""
        if self._path is None:
            return None
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino
