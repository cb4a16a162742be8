"""Events in any order, from a notebook's tables or a Parquet file, checked as the import checks them."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import DataError
from features.history.event_columns import CODE, NO_VALUES, EventColumns
from features.history.lead_table import LeadTable, Shared, share_out
from features.history.loops import first_times
from features.history.ordering import Names, lay_out
from features.history.places import places_of
from features.history.read_events import NamesMet
from features.history.threads import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from features.language.needs import Needs

#: Events taken at a time: of more, more find a bucket's part of the table in the cache; fewer take less memory.
_BATCH = 2**20
_REQUIRED = ("lead_id", "kind", "at", "known_at")
_TEXTS = ("kind", "channel", "campaign")


def sorted_leads(leads: pa.Table | pd.DataFrame) -> pa.Table:
    """Return leads in the order of the import, checked: lead_id, account_id, created_at.

    Raises
    ------
    DataError
        A column or a value is missing, a value has the wrong type, or a lead is there twice.

    """
    table = _arrow(leads) if isinstance(leads, pd.DataFrame) else leads
    _require(table.column_names, ("lead_id", "created_at"), "leads")
    for name in ("lead_id", "created_at"):
        if table[name].null_count:
            row = table[name].is_null().index(True).as_py() + 1
            raise DataError(f"leads: row {row}: {name} is missing ({table[name].null_count:,} such rows)")
    ids = _texts(table["lead_id"], "leads", "lead_id")
    accounts = pa.nulls(len(table), pa.string())
    if "account_id" in table.column_names:
        accounts = _texts(table["account_id"], "leads", "account_id")
    created_at = pa.array(_times(table["created_at"], "leads", "created_at")).cast(pa.timestamp("us", "UTC"))
    found = pa.table({"lead_id": ids, "account_id": accounts, "created_at": created_at})
    if accounts.null_count == len(ids) and pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return found
    if pc.count_distinct(ids).as_py() < len(ids):
        counts = pc.value_counts(ids)
        twice = counts.field(0)[pc.greater(counts.field(1), 1).index(True).as_py()].as_py()
        raise DataError(f"leads: lead {twice!r} is there more than once; expected a row a lead")
    # Leads without an account come first.
    keys = [("has_account", "ascending"), ("account_id", "ascending"), ("lead_id", "ascending")]
    return found.take(pc.sort_indices(found.append_column("has_account", accounts.is_valid()), sort_keys=keys))


def sorted_events(
    events: pa.Table | pd.DataFrame | Path, ids: pa.StringArray, needs: Needs, kinds: Iterable[str]
) -> tuple[EventColumns, np.ndarray, dict[str, int]]:
    """Return events in the order of the import, each lead's bounds (leads + 1,), and each kind's first time.

    ``ids`` are the leads in their order, all different; ``kinds`` those that are expected to happen.

    Raises
    ------
    DataError
        A column or a value is missing, a time is none, an event was known before it happened, or an event
        is of no lead in ``ids``; the message names the first such row.

    """
    source = _File(events) if isinstance(events, Path) else _Table(events)
    # Whoever wants everything gets what there is.
    further = [name for name in needs.event_columns if needs.attributes is not None or name in source.names]
    columns = [*_REQUIRED, *further]
    _require(source.names, columns, source.where)
    intake = _Intake(source.where, LeadTable.of(ids, source.rows), ids, columns, kinds)
    share(lambda parts: intake.take(source, parts), range(source.parts))
    return intake.lay_out()


class _File:
    """A Parquet file as so many parts as it has row groups."""

    def __init__(self, path: Path) -> None:
        self.where, self.path = str(path), path
        if not path.is_file():
            raise DataError.missing_file(path, wanted="a Parquet file of events")
        try:
            self.metadata = pq.read_metadata(path)
        except (pa.ArrowException, OSError) as error:
            raise DataError.unreadable(path, str(error)) from error
        self.names = self.metadata.schema.to_arrow_schema().names
        self.rows, self.parts = self.metadata.num_rows, self.metadata.num_row_groups
        sizes = [self.metadata.row_group(part).num_rows for part in range(self.parts)]
        self.first = np.cumsum([0, *sizes])

    def batches(self, parts: Iterable[int], columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Give batches with a number that rises in the order of the rows: that of a batch's first row."""
        texts = [name for name in columns if name in _TEXTS]
        try:
            with pq.ParquetFile(self.path, metadata=self.metadata, read_dictionary=texts, memory_map=True) as file:
                for part in parts:
                    row = int(self.first[part])
                    for batch in file.iter_batches(_BATCH, [part], columns, use_threads=False):
                        yield row, batch
                        row += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise DataError.unreadable(self.path, str(error)) from error


class _Table:
    """A table as parts of so many rows."""

    def __init__(self, table: pa.Table | pd.DataFrame) -> None:
        self.where = "events"
        self.table = _arrow(table) if isinstance(table, pd.DataFrame) else table
        self.names, self.rows = self.table.column_names, len(self.table)
        self.parts = -(-self.rows // _BATCH)

    def batches(self, parts: Iterable[int], columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Give batches with a number that rises in the order of the rows: that of a batch's first row."""
        for part in parts:
            row = part * _BATCH
            for batch in self.table.select(columns).slice(row, _BATCH).to_batches():
                yield row, batch
                row += len(batch)


class _Intake:
    """Events that are being shared out among buckets of leads, by several threads."""

    def __init__(
        self, where: str, table: LeadTable, ids: pa.StringArray, columns: list[str], kinds: Iterable[str]
    ) -> None:
        self.where, self.table, self.ids = where, table, ids
        self.columns = columns
        self.names = {name: NamesMet(sorted(kinds) if name == "kind" else []) for name in _TEXTS}
        self.pieces: list[tuple[int, Shared]] = []
        self.counts = np.zeros(len(ids), np.int64)
        self.first: dict[str, int] = {}
        #: Why rows are refused: the first such row, what it holds, and how many there are.
        self.faults: dict[str, tuple[int, str, int]] = {}
        self.lock = Lock()

    def take(self, source: _File | _Table, parts: Iterable[int]) -> None:
        """Check and share out some parts of a source."""
        counts = np.zeros_like(self.counts)
        for row, batch in source.batches(parts, self.columns):
            if len(batch):
                self._take(row, batch, counts)
        with self.lock:
            self.counts += counts

    def lay_out(self) -> tuple[EventColumns, np.ndarray, dict[str, int]]:
        """Put what was taken in order; see :func:`sorted_events`."""
        if self.faults:
            reason, (row, shown, count) = min(self.faults.items(), key=lambda fault: fault[1][0])
            message = f"{self.where}: row {row + 1}: {shown}{reason} ({count:,} such rows)"
            raise DataError(message, hint="mend or leave out these rows; importing tells each of them")
        self.pieces.sort(key=lambda piece: piece[0])
        names = Names(*(self.names[name].names for name in _TEXTS))
        columns, offsets = lay_out(self.table, [piece for _, piece in self.pieces], self.counts, names)
        return columns, offsets, self.first

    def _take(self, row: int, batch: pa.RecordBatch, counts: np.ndarray) -> None:
        texts = {name: _encoded(batch.column(name)) for name in _TEXTS if name in self.columns}
        given = {name: texts.get(name, batch.column(name)) for name in _REQUIRED}
        for name, column in given.items():
            if column.null_count and self._refuse(row, f"{name} is missing", column.is_null()):
                return
        ids = _texts(batch.column("lead_id"), self.where, "lead_id")
        at, known_at = (_times(batch.column(name), self.where, name) for name in ("at", "known_at"))
        if at.min() < 0 and self._refuse(row, "at lies before 1970", pa.array(at < 0)):
            return
        if self._refuse(row, "known_at is before at", pa.array(known_at < at)):
            return
        codes = {name: np.empty(len(batch) if name in texts else 0, CODE) for name in _TEXTS}
        for name, column in texts.items():
            self.names[name].number(column, codes[name])
        value = _numbers(batch.column("value"), self.where) if "value" in self.columns else NO_VALUES
        at_once = np.array_equal(at, known_at)
        columns = (at, known_at[:0] if at_once else known_at, codes["kind"], value)
        piece, unknown = share_out(self.table, ids, (*columns, codes["channel"], codes["campaign"]), counts)
        if unknown:
            strange = pa.array(places_of(ids, self.ids) < 0)
            self._refuse(row, " is not among the leads", strange, ids)
            return
        with self.lock:
            self.pieces.append((row, piece))
        self._note_first(codes["kind"], at)

    def _note_first(self, kind: np.ndarray, at: np.ndarray) -> None:
        names = self.names["kind"].names
        first = np.full(len(names), np.iinfo(np.int64).max)
        first_times(kind, at, first)
        with self.lock:
            for code in np.flatnonzero(first < np.iinfo(np.int64).max):
                self.first[names[code]] = min(self.first.get(names[code], int(first[code])), int(first[code]))

    def _refuse(self, row: int, reason: str, wrong: pa.BooleanArray, ids: pa.StringArray | None = None) -> bool:
        """Note the rows at fault; return whether there are any."""
        count = wrong.true_count
        if not count:
            return False
        place = wrong.index(True).as_py()
        shown = "" if ids is None else f"lead {ids[place].as_py()!r}"
        with self.lock:
            before = self.faults.get(reason, (row + place, shown, 0))
            first = min(before[:2], (row + place, shown))
            self.faults[reason] = (*first, before[2] + count)
        return True


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    """Return texts as a dictionary without blanks around them; blanks alone are no text."""
    coded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    trimmed = pc.utf8_trim(coded.dictionary.cast(pa.string()), " ")
    names = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    if names.null_count == 0:
        return pa.DictionaryArray.from_arrays(coded.indices, names)
    return pa.DictionaryArray.from_arrays(coded.indices, names).dictionary_decode().dictionary_encode()


def _arrow(frame: pd.DataFrame) -> pa.Table:
    zoned = [name for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    return pa.Table.from_pandas(
        frame.assign(**{str(name): frame[name].dt.tz_convert(None) for name in zoned}), preserve_index=False
    )


def _require(names: list[str], wanted: Sequence[str], where: str) -> None:
    for name in wanted:
        if names.count(name) != 1:
            what = "lacks the column" if name not in names else "has more than once the column"
            raise DataError(f"{where}: {what} {name}; expected {', '.join(wanted)}")


def _texts(column: pa.Array | pa.ChunkedArray, where: str, name: str) -> pa.StringArray:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    try:
        return whole if pa.types.is_string(whole.type) else whole.cast(pa.string())
    except pa.ArrowException as error:
        raise DataError(f"{where}: {name} holds {whole.type}; expected texts of less than 2 GiB in all") from error


def _times(column: pa.Array | pa.ChunkedArray, where: str, name: str) -> np.ndarray:
    """Return int64 microseconds since 1970 UTC; a time without a zone is UTC, one finer is refused, not cut."""
    kind = column.type
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_int64(kind)):
        raise DataError(f"{where}: {name} holds {kind}; expected times, or whole microseconds since 1970 UTC")
    try:
        if not pa.types.is_int64(kind):
            whole = whole.cast(pa.timestamp("us", kind.tz if pa.types.is_timestamp(kind) else None)).cast(
                pa.int64()
            )
        return whole.to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise DataError(f"{where}: {name}: {str(error).splitlines()[0]}; expected whole microseconds") from error


def _numbers(column: pa.Array, where: str) -> np.ndarray:
    try:
        value = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise DataError(f"{where}: value holds {column.type}; expected numbers") from error
    if np.isinf(value).any():
        raise DataError(f"{where}: value is infinite; expected finite numbers")
    return value
