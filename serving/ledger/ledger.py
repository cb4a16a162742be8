"""The ledger: what the service was told and what it answered, kept so that a score can be shown again."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self, TypeVar

from features.facts.clock import DAY
from serving.ledger import reads, schema
from serving.ledger.address import check_file, place_of, read_address
from serving.ledger.engines import Durability, reading_engine, writing_engine
from serving.ledger.errors import DATABASE_ERRORS, explain
from serving.ledger.same_file import SameFile
from serving.ledger.stored import StoredLead, read_stored
from serving.ledger.transaction import tombstone_of
from serving.ledger.writer import Writer
from serving.ledger.writes import Forget, Forgotten, Prune, Pruned, TryWriting, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from sqlalchemy import URL, Connection, Engine

    from features.payload import Vocabulary
    from serving.ledger.errors import LedgerError
    from serving.ledger.keys import ApiKey
    from serving.ledger.reads import StoredReceipt
    from serving.ledger.writes import ShadowScore

_T = TypeVar("_T")

#: Seconds that a write or the wait for a connection may take.
PATIENCE = 2.0
MOST_WAITING = 10_000
_PRUNE_CHUNK = 200
#: Seconds that those who read the ledger may keep the log of SQLite as it is, and between two looks.
_LOG_PATIENCE = 10.0
_LOG_PAUSE = 0.1


class Ledger:
    """An open ledger: writes through one thread, reads through connections of their own.

    Use :func:`open_ledger`; close it, or use it as a context manager. A read raises
    :class:`~serving.ledger.errors.LedgerUnavailable` where the database is not to be had.
    """

    def __init__(self, url: URL, writing: Engine, *, patience: float, most_waiting: int) -> None:
        self.url = url
        self.place = place_of(url)
        self._writing = writing
        self._reading = reading_engine(url, patience)
        self._file = SameFile(url)
        self._writer = Writer(
            writing, self.place, patience=patience, most_waiting=most_waiting, still_there=self._file.check
        )
        self._salt: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Carry out the writes that wait, and let go of the database."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()

    # --- writing -----------------------------------------------------------------------------------------

    def submit(self, write: Write) -> Future[Any]:
        """Queue a write; its future is done once it is committed. See :meth:`Writer.submit` for what it raises."""
        return self._writer.submit(write)

    def submit_together(self, writes: Sequence[Write]) -> Future[list[Any]]:
        """Queue several checked writes under one future. See :meth:`Writer.submit_together`."""
        return self._writer.submit_together(writes)

    def write(self, write: Write) -> Any:  # noqa: ANN401 - each kind of write has its own result
        """Write and wait for the commit."""
        return self.submit(write).result()

    @property
    def waiting(self) -> int:
        """How many writes wait for their transaction to begin."""
        return self._writer.waiting

    @property
    def patience(self) -> float:
        """Seconds that a caller waits for a write."""
        return self._writer.patience

    def overdue(self) -> LedgerError:
        """Return what a caller is told who has waited for so long."""
        return self._writer.overdue()

    def forget(self, lead_id: str, now: int) -> Forgotten:
        """Erase a person's facts, inputs and answers in one transaction, and leave a tombstone.

        Receipts stay to be counted, under the tombstone's name, with no features and no answer. On SQLite, where
        others go on reading, the result's ``log_held`` says that the log beside the file still holds the data.
        """
        found: Forgotten = self.write(Forget(lead_id, now))
        return found if self._shrink_log() else replace(found, log_held=True)

    def apply_retention(self, older_than_days: float, now: int) -> Pruned:
        """Delete inputs and features of receipts scored longer ago; facts and answers stay.

        Works in small transactions, so that scoring goes on meanwhile.
        """
        before, after, total = now - round(older_than_days * DAY), -1, Pruned()
        while seqs := self._read(lambda c, a=after: reads.read_old(c, before, a, _PRUNE_CHUNK)):  # type: ignore[misc]
            total += self.write(Prune(seqs, before))
            after = seqs[-1]
        return total

    def _shrink_log(self) -> bool:
        """Begin SQLite's write-ahead log anew, which still holds what was erased; return whether it could be."""
        if self.url.drivername != "sqlite":
            return True
        deadline = monotonic() + _LOG_PATIENCE
        try:
            with self._writing.connect() as connection:
                cursor = connection.connection.cursor()
                # Each waits for readers and writers as long as a write does; it tells, not raises, if they stay.
                while cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    if monotonic() >= deadline:
                        return False
                    sleep(_LOG_PAUSE)
        except DATABASE_ERRORS as error:
            raise explain(error, self.place) from None
        return True

    # --- reading -----------------------------------------------------------------------------------------

    def lead_facts(self, lead_id: str, vocabulary: Vocabulary, as_of: int) -> StoredLead | None:
        """Return a lead with all that was known before ``as_of``, None where it was no lead yet."""
        return self._read(lambda c: read_stored(c, lead_id, vocabulary, as_of))

    def receipt(self, receipt_id: str) -> StoredReceipt | None:
        """Return one receipt."""
        return self._read(lambda c: reads.read_receipt(c, receipt_id))

    def receipts_of(self, lead_id: str, limit: int = 100, before: int | None = None) -> list[StoredReceipt]:
        """Return a lead's newest receipts first; ``before`` (microseconds) pages on to older ones."""
        return self._read(lambda c: reads.read_receipts_of(c, lead_id, limit, before))

    def all_receipts(self, after: int = 0, chunk: int = 1_000) -> Iterator[StoredReceipt]:
        """Yield every receipt past the place ``after`` (a ``seq``), reading ``chunk`` at a time."""
        while found := self._read(lambda c, a=after: reads.read_receipts_after(c, a, chunk)):  # type: ignore[misc]
            yield from found
            after = found[-1].seq

    def input(self, digest: str) -> bytes | None:
        """Return a canonical input, None where it is unknown, pruned or forgotten."""
        return self._read(lambda c: reads.read_input(c, digest))

    def shadow_scores(self, receipt_id: str) -> list[ShadowScore]:
        """Return what challengers would have answered in a receipt's place."""
        return self._read(lambda c: reads.read_shadow(c, receipt_id))

    def api_keys(self) -> list[ApiKey]:
        """Return every API key, revoked ones too."""
        return self._read(reads.read_keys)

    def is_forgotten(self, lead_id: str) -> bool:
        """Tell whether a lead was forgotten."""
        if self._salt is None:
            self._salt = self._read(lambda c: reads.read_setting(c, "salt")) or ""
        digest = tombstone_of(lead_id, self._salt)
        return self._read(lambda c: reads.has_tombstone(c, digest))

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return self._read(reads.read_counts)

    def check(self) -> None:
        """Raise LedgerUnavailable unless the database answers and, where the last write failed, takes another."""
        self._read(lambda c: reads.read_setting(c, "salt"))
        if self._writer.in_trouble:
            self.write(TryWriting())

    def read(self, reader: Callable[[Connection], _T]) -> _T:
        """Run ``reader`` in one reading transaction: everything it sees is of one moment."""
        return self._read(reader)

    def _read(self, reader: Callable[[Connection], _T]) -> _T:
        self._file.check()
        for last in (False, True):
            try:
                with self._reading.connect() as connection, connection.begin():
                    return reader(connection)
            except DATABASE_ERRORS as error:
                # A server that was started anew has dropped our connections; the pool has noticed by now.
                if last or not getattr(error, "connection_invalidated", False):
                    raise explain(error, self.place) from None
        raise AssertionError


def open_ledger(
    url: str,
    *,
    create: bool = True,
    durability: Durability = "power",
    patience: float = PATIENCE,
    most_waiting: int = MOST_WAITING,
) -> Ledger:
    """Open a ledger: a file, ``sqlite:///FILE`` or ``postgresql+psycopg://USER@HOST/DATABASE``.

    An empty database gets its tables, if ``create``. ``durability`` "power": what was acknowledged outlives a
    power cut; "process": it outlives the end of the process, and commits need not wait for the disk.

    Raises
    ------
    LedgerError
        The address, file or database will not do; the message says why and what to do.

    """
    where = read_address(url)
    check_file(where, create=create)
    writing = writing_engine(where, durability, patience)
    try:
        _checked(where, lambda place: schema.check_schema(writing, place, create=create))
    except BaseException:
        writing.dispose()
        raise
    return Ledger(where, writing, patience=patience, most_waiting=most_waiting)


def upgrade_ledger(url: str, *, patience: float = 30.0) -> tuple[str | None, str]:
    """Make a ledger, or bring its schema up to date; return the versions before and after."""
    where = read_address(url)
    check_file(where, create=True)
    engine = writing_engine(where, "power", patience)
    try:
        return _checked(where, lambda place: schema.upgrade(engine, place))
    finally:
        engine.dispose()


def _checked(url: URL, work: Callable[[str], _T]) -> _T:
    place = place_of(url)
    try:
        return work(place)
    except DATABASE_ERRORS as error:
        raise explain(error, place) from None
