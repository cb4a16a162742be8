"""Reading a dataset's events straight into numpy columns, row groups in two threads.

Going through one Arrow table instead takes the memory of all columns a second time, and fresh memory is what costs
the most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DatasetError
from features.history.event_columns import (
    CODE,
    NO_TEXTS,
    NO_VALUES,
    Coded,
    EventColumns,
    microseconds,
    write_codes,
)
from features.history.threads import share

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from features.language.needs import Needs


def read_events(file: Path, needs: Needs, kinds: Iterable[str]) -> EventColumns:
    """Read the events that a feature set needs, in the file's order; ``kinds`` are those expected.

    Raises
    ------
    DatasetError
        The file cannot be read, lacks a column, or holds an event without a time.

    """
    try:
        return _Reader(file, needs, kinds).read()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        message = f"{file}: cannot be read: {str(error).splitlines()[0]}"
        raise DatasetError(message, hint="import the source again") from error


@dataclass
class NamesMet:
    """The names met so far in one text column; threads add to them as they meet more."""

    names: list[str]
    lock: Lock = field(default_factory=Lock)

    def number(self, chunk: pa.DictionaryArray, out: np.ndarray) -> None:
        """Write a chunk's numbers in the order in which the names were met."""
        with self.lock:
            if set(chunk.dictionary.to_pylist()) - {None, *self.names}:
                self.names += sorted(_used(chunk).difference(self.names))
            names = tuple(self.names)
        write_codes(chunk, names, out)

    def coded(self, codes: np.ndarray) -> Coded:
        """Return the numbers as those of the sorted names."""
        names = tuple(sorted(self.names))
        return Coded(names, Coded(tuple(self.names), codes).within(names))


def _used(chunk: pa.DictionaryArray) -> set[str]:
    """Return the names that a row has: a dictionary, as that of a filtered table, may hold more."""
    seen = np.zeros(len(chunk.dictionary) + 1, np.bool_)
    # An empty text's number, -1, marks the last place, that of no name.
    seen[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)] = True
    return {text for text, used in zip(chunk.dictionary.to_pylist(), seen[:-1], strict=True) if used} - {None}


class _Reader:
    """Columns that are being filled; row groups may come in any order, from several threads."""

    def __init__(self, file: Path, needs: Needs, kinds: Iterable[str]) -> None:
        self.file = file
        self.metadata = pq.read_metadata(file)
        groups, size = self.metadata.num_row_groups, self.metadata.num_rows
        self.bounds = np.cumsum([0, *(self.metadata.row_group(group).num_rows for group in range(groups))])
        texts = ["kind", *(name for name in ("channel", "campaign") if name in needs.event_columns)]
        self.columns = ["at", "known_at", "kind", *needs.event_columns]
        self.at = np.empty(size, np.int64)
        # Memory that is never written to costs nothing: this stays so where everything was known at once.
        self.known_at = np.empty(size, np.int64)
        self.value = np.empty(size) if "value" in needs.event_columns else NO_VALUES
        self.codes = {name: np.empty(size, CODE) for name in texts}
        self.names = {name: NamesMet(sorted(kinds) if name == "kind" else []) for name in texts}
        self.at_once: list[slice] = []

    def read(self) -> EventColumns:
        share(self._read_groups, range(self.metadata.num_row_groups))
        coded = {name: names.coded(self.codes[name]) for name, names in self.names.items()}
        texts = {name: coded.get(name, NO_TEXTS) for name in ("channel", "campaign")}
        return EventColumns(coded["kind"], self.at, self._known_at(), self.value, **texts)

    def _read_groups(self, groups: Iterable[int]) -> None:
        # One reader is not for several threads at once.
        texts = list(self.names)
        with pq.ParquetFile(self.file, metadata=self.metadata, read_dictionary=texts, memory_map=True) as file:
            for group in groups:
                begin = int(self.bounds[group])
                for batch in file.read_row_group(group, columns=self.columns, use_threads=False).to_batches():
                    self._take(batch, slice(begin, begin + len(batch)))
                    begin += len(batch)

    def _take(self, batch: pa.RecordBatch, own: slice) -> None:
        at, known_at = (self._times(batch, name) for name in ("at", "known_at"))
        self.at[own] = at
        if np.array_equal(at, known_at):
            self.at_once.append(own)
        else:
            self.known_at[own] = known_at
        for name, names in self.names.items():
            names.number(batch.column(name), self.codes[name][own])
        if len(self.value):
            self.value[own] = batch.column("value").to_numpy(zero_copy_only=False)

    def _times(self, batch: pa.RecordBatch, name: str) -> np.ndarray:
        column = batch.column(name)
        if column.null_count:
            message = f"{self.file}: holds an event without {name}"
            raise DatasetError(message, hint="import the source again; do not rewrite the tables by hand")
        return microseconds(column)

    def _known_at(self) -> np.ndarray:
        if sum(own.stop - own.start for own in self.at_once) == len(self.at):
            return self.at
        for own in self.at_once:
            self.known_at[own] = self.at[own]
        return self.known_at
