"""The (lead, moment) rows that somebody wants features of, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.errors import DataError
from features.facts.clock import format_moment, parse_moment

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset
    from features.history import History

_WANTED = "the columns lead_id and as_of"
_TIMES = "as_of: a time in UTC, an ISO 8601 text, or whole microseconds since 1970"
#: The moments that a calendar has; numbers outside are another unit's.
_FIRST, _LAST = parse_moment("0001-01-01"), parse_moment("9999-12-31T23:59:59.999999")


@dataclass(frozen=True)
class Wanted:
    """Rows as asked for: ``lead_id`` texts and ``as_of`` int64 microseconds, both (n,), in the asker's order."""

    lead_id: pa.Array
    as_of: np.ndarray

    @classmethod
    def of(cls, rows: pa.Table | pd.DataFrame, *, where: str = "rows") -> Wanted:
        """Read a table with the columns ``lead_id`` and ``as_of``; others are ignored.

        Raises
        ------
        DataError
            A column is missing or there twice, a value is missing, ``lead_id`` is no text or ``as_of`` no time;
            the message names the column, and the row where one is at fault.

        """
        columns = list(rows.columns) if isinstance(rows, pd.DataFrame) else rows.column_names
        for name in ("lead_id", "as_of"):
            if name not in columns:
                raise DataError(f"{where}: lacks the column {name}; expected {_WANTED}")
            if columns.count(name) > 1:
                raise DataError(f"{where}: has the column {name} {columns.count(name)} times; expected it once")
        table = _arrow(rows, where) if isinstance(rows, pd.DataFrame) else rows
        for name in ("lead_id", "as_of"):
            empty = np.flatnonzero(table[name].is_null().to_numpy())
            if len(empty):
                raise DataError(f"{where}: row {empty[0] + 1}: {name} is empty ({len(empty):,} such rows)")
        return cls(_texts(table["lead_id"], where), _in_calendar(_microseconds(table["as_of"], where), where))

    def find(self, history: History, dataset: Dataset, *, where: str = "rows") -> np.ndarray:
        """Return the history's number of each row's lead, int64 (n,).

        Raises
        ------
        DataError
            There are no rows, a lead is not in the dataset or came into it later than ``as_of``, or ``as_of`` lies
            after the observed period.

        """
        if len(self.as_of) == 0:
            raise DataError(f"{where}: holds no rows; expected at least one")
        leads = history.positions(self.lead_id)
        self._refuse(leads < 0, "is not in the dataset", where)
        self._refuse(history.arrays.created_at[leads] >= self.as_of, "was not created before as_of", where)
        late = self.as_of > dataset.observed_until
        self._refuse(late, f"as_of is after the observed period ({dataset.manifest.observed_until})", where)
        return leads

    def _refuse(self, wrong: np.ndarray, why: str, where: str) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            lead, moment = self.lead_id[row].as_py(), format_moment(int(self.as_of[row]))
            message = f"{where}: row {row + 1}: lead {lead!r} as of {moment}: {why}"
            raise DataError(
                f"{message} ({int(wrong.sum()):,} such rows)", hint=f"mend or leave out the rows of {where}"
            )


def read_rows(path: Path) -> Wanted:
    """Read rows from a Parquet or CSV file.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read as rows.

    """
    if not path.is_file():
        raise DataError.missing_file(path, wanted=f"a Parquet or CSV file with {_WANTED}")
    try:
        if path.suffix.lower() == ".csv":
            # Ids and times stay the texts that they are: 007 is not 7.
            options = pa_csv.ConvertOptions(column_types={"lead_id": pa.string(), "as_of": pa.string()})
            return Wanted.of(pa_csv.read_csv(path, convert_options=options), where=str(path))
        # The file alone: a folder named as_of=... above it adds no column.
        with pq.ParquetFile(path) as file:
            return Wanted.of(file.read(), where=str(path))
    except (pa.ArrowException, OSError) as error:
        raise DataError.unreadable(path, str(error)) from error


def _arrow(rows: pd.DataFrame, where: str) -> pa.Table:
    as_of = rows["as_of"]
    if isinstance(as_of.dtype, pd.DatetimeTZDtype):
        as_of = as_of.dt.tz_convert(None)
    columns = {}
    for name, wanted, values in (("lead_id", "texts", rows["lead_id"]), ("as_of", _TIMES, as_of)):
        try:
            columns[name] = pa.array(values, from_pandas=True)
        except (pa.ArrowException, OverflowError) as error:
            raise DataError(f"{where}: {name}: {_first_line(error)}; expected {wanted}") from error
    return pa.table(columns)


def _texts(lead_id: pa.ChunkedArray, where: str) -> pa.Array:
    try:
        return lead_id.cast(pa.string()).combine_chunks()
    except pa.ArrowException as error:
        message = f"{where}: lead_id holds {lead_id.type}: {_first_line(error)}"
        raise DataError(f"{message}; expected texts or whole numbers") from error


def _microseconds(as_of: pa.ChunkedArray, where: str) -> np.ndarray:
    if pa.types.is_string(as_of.type) or pa.types.is_large_string(as_of.type):
        return _read_texts(as_of.combine_chunks(), where)
    # A time without a zone is UTC, as everywhere; one finer than a microsecond is refused, not cut.
    is_time = pa.types.is_timestamp(as_of.type) or pa.types.is_date(as_of.type)
    if not is_time and not pa.types.is_integer(as_of.type):
        raise DataError(f"{where}: as_of holds {as_of.type}; expected {_TIMES}")
    try:
        moments = as_of.cast(pa.timestamp("us")) if is_time else as_of
        return moments.cast(pa.int64()).to_numpy()
    except pa.ArrowException as error:
        raise DataError(f"{where}: as_of: {_first_line(error)}; expected {_TIMES}") from error


def _in_calendar(as_of: np.ndarray, where: str) -> np.ndarray:
    wrong = np.flatnonzero((as_of < _FIRST) | (as_of > _LAST))
    if len(wrong):
        message = f"{where}: row {wrong[0] + 1}: as_of {as_of[wrong[0]]} is a time of no year from 1 to 9999"
        raise DataError(f"{message}; expected {_TIMES}", hint="are these nanoseconds? divide them by 1,000")
    return as_of


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _read_texts(as_of: pa.Array, where: str) -> np.ndarray:
    distinct = as_of.dictionary_encode()
    found = []
    for text in distinct.dictionary.to_pylist():
        try:
            found.append(parse_moment(text))
        except ValueError:
            raise DataError(f"{where}: as_of {text!r} is not an ISO 8601 moment; expected {_TIMES}") from None
    return np.array(found, np.int64)[distinct.indices.to_numpy()]
