"""The one thread of a process that writes: what waits in its queue goes into one transaction.

A commit waits milliseconds for the disk, however much it carries. So while one is on its way, the next group
gathers; many callers share a wait instead of queueing for one each.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from serving.ledger import tables
from serving.ledger.errors import LedgerBusy, LedgerError, LedgerUnavailable, explain
from serving.ledger.group import carry_out
from serving.ledger.writes import check_write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

    from serving.ledger.writes import Write

#: Most writes in one transaction: more would make the first of them wait for the last.
LARGEST_GROUP = 1_000
#: Seconds between looks at writes that wait too long.
_LOOK = 0.1


class _Pending:
    """Writes that came together, their one future, and until when (monotonic seconds) their caller waits.

    The future's result is the write's own where it came ``alone``, else a list of all results and errors.
    """

    __slots__ = ("alone", "deadline", "future", "writes")

    def __init__(self, writes: Sequence[Write], deadline: float, *, alone: bool) -> None:
        self.writes = writes
        self.deadline = deadline
        self.alone = alone
        self.future: Future[Any] = Future()


class Writer:
    """Takes writes from any thread and answers with futures, which are done once their commit is.

    ``patience`` (seconds) bounds how long a caller waits for a database that is not to be had. The threads
    outlive every failure, and the connection is made anew by itself. ``still_there`` raises LedgerUnavailable
    where what is written would be lost (:class:`serving.ledger.same_file.SameFile`).
    """

    def __init__(
        self,
        engine: Engine,
        place: str,
        *,
        patience: float,
        most_waiting: int,
        still_there: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._still_there = still_there
        self._place = place
        self._patience = patience
        self._most_waiting = most_waiting
        self._queue: SimpleQueue[_Pending | None] = SimpleQueue()
        self._waiting = 0
        self._open: deque[_Pending] = deque()
        self._work = threading.Event()
        self._closing = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._salt = ""
        self._trouble: LedgerError | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._watch = threading.Thread(target=self._look_after, name="ledger-deadlines", daemon=True)
        self._thread.start()
        self._watch.start()

    def submit(self, write: Write) -> Future[Any]:
        """Queue a write; the future has its result, or its error, once that is final.

        Raises
        ------
        LedgerRefused
            The write holds what no database could keep.
        LedgerBusy
            Too many writes wait, or the ledger is closed.

        """
        check_write(write)
        return self._put([write], alone=True)

    def submit_together(self, writes: Sequence[Write]) -> Future[list[Any]]:
        """Queue writes that were checked (:func:`check_write`); the future has each one's result or error.

        One at fault harms no other. One future is what this is for: each wakes the
        waiting thread.

        Raises
        ------
        LedgerBusy
            Too many writes wait, or the ledger is closed.

        """
        return self._put(writes, alone=False)

    def _put(self, writes: Sequence[Write], *, alone: bool) -> Future[Any]:
        pending = _Pending(writes, monotonic() + self._patience, alone=alone)
        with self._closing:
            if self._closed:
                raise LedgerBusy(f"{self._place}: the ledger is closed")
            if self._waiting >= self._most_waiting:
                message = f"{self._place}: {self._most_waiting:,} writes wait already"
                raise LedgerBusy(message, hint="try again in a moment")
            self._waiting += len(writes)
            self._open.append(pending)
            self._queue.put(pending)
        if not self._work.is_set():
            self._work.set()
        return pending.future

    @property
    def waiting(self) -> int:
        """How many writes wait for their transaction to begin."""
        return self._waiting

    @property
    def patience(self) -> float:
        """Seconds that a caller waits."""
        return self._patience

    def overdue(self) -> LedgerError:
        """Return what a caller is told who has waited for so long."""
        message = f"{self._place}: did not answer within {self._patience:g} seconds"
        return _unavailable(self._trouble or LedgerUnavailable(message))

    @property
    def in_trouble(self) -> bool:
        """Whether the last write failed through no fault of its own."""
        return self._trouble is not None

    def close(self) -> None:
        """Carry out what waits, then end; whatever the database does, this takes little more than ``patience``."""
        with self._closing:
            already, self._closed = self._closed, True
            if not already:
                self._queue.put(None)
        self._thread.join(self._patience + 2)
        self._work.set()
        self._watch.join(self._patience + 2)

    def _run(self) -> None:
        ended = False
        while not ended:
            group, ended = self._next_group()
            live = [pending for pending in group if not pending.future.done()]
            if live:
                self._settle(live)
        self._drop_connection()

    def _next_group(self) -> tuple[list[_Pending], bool]:
        group, ended = self._take()
        with self._closing:
            self._waiting -= sum(len(pending.writes) for pending in group)
        return group, ended

    def _take(self) -> tuple[list[_Pending], bool]:
        group: list[_Pending] = []
        size = 0
        item = self._queue.get()
        while item is not None:
            group.append(item)
            size += len(item.writes)
            if size >= LARGEST_GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _settle(self, group: list[_Pending]) -> None:
        writes = [write for pending in group for write in pending.writes]
        try:
            results = carry_out(self._connected(), self._salt, writes)
            # Only now is anything acknowledged, and the file may have gone while it was written.
            self._still_there()
        except Exception as error:
            self._drop_connection()
            self._trouble = explain(error, self._place)
            results = [_unavailable(self._trouble)] * len(writes)
        else:
            self._trouble = None
        each = iter(results)
        for pending in group:
            own = list(islice(each, len(pending.writes)))
            _answer(pending.future, own[0] if pending.alone else own)

    def _connected(self) -> Connection:
        if self._connection is None:
            # SQLite would make an empty file where the old one is gone.
            self._still_there()
            connection = self._engine.connect()
            try:
                with connection.begin():
                    query = select(tables.settings.c.value).where(tables.settings.c.name == "salt")
                    self._salt = connection.execute(query).scalar_one()
            except BaseException:
                connection.invalidate()
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
                connection.close()

    def _look_after(self) -> None:
        """Fail what waits too long, even while the writer itself hangs in the database's hands."""
        while self._thread.is_alive() or self._open:
            self._work.wait()
            self._work.clear()
            while self._open:
                while self._open and self._open[0].future.done():
                    self._open.popleft()
                while self._open and self._open[0].deadline < monotonic():
                    late = self._open.popleft()
                    _answer(late.future, self.overdue())
                self._pause()

    def _pause(self) -> None:
        self._thread.join(_LOOK)


def _unavailable(error: LedgerError) -> LedgerError:
    if isinstance(error, LedgerUnavailable):
        return error
    return LedgerUnavailable(error.message, hint=error.hint)


def _answer(future: Future[Any], result: Any) -> None:  # noqa: ANN401 - each kind of write has its own
    # The other thread, or the caller by cancelling, may have been first.
    with suppress(InvalidStateError):
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
