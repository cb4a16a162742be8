"""Events as numpy columns in the order that they came in, texts as numbers of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.language.needs import Needs

#: Numbers of kinds, channels and campaigns, as the kernel reads them.
CODE = np.int32


class Coded(NamedTuple):
    """Texts as numbers: ``codes`` (n,) int32 point into ``names``, which are sorted; -1 is no text."""

    names: tuple[str, ...]
    codes: np.ndarray

    def within(self, names: tuple[str, ...]) -> np.ndarray:
        """Return the codes as places in ``names``, -1 for a text that is not among them."""
        if names == self.names:
            return self.codes
        place = {name: i for i, name in enumerate(names)}
        table = np.array([*(place.get(name, -1) for name in self.names), -1], CODE)
        return table[self.codes]


#: A column that no feature needs.
NO_TEXTS = Coded((), np.empty(0, CODE))
NO_VALUES = np.empty(0)


class EventColumns(NamedTuple):
    """Events of E rows: ``at`` and ``known_at`` int64 microseconds since 1970 UTC, ``value`` float64.

    ``known_at`` is the same array as ``at`` where each event was known at once. ``value``, ``channel`` and
    ``campaign`` are empty where no feature needs them. ``kind.names`` may name kinds that never happened.
    """

    kind: Coded
    at: np.ndarray
    known_at: np.ndarray
    value: np.ndarray = NO_VALUES
    channel: Coded = NO_TEXTS
    campaign: Coded = NO_TEXTS

    @classmethod
    def nothing(cls) -> EventColumns:
        """Return columns without rows."""
        none = np.empty(0, np.int64)
        return cls(NO_TEXTS, none, none)

    @classmethod
    def of(cls, table: pa.Table, needs: Needs) -> EventColumns:
        """Return the columns of an Arrow table whose texts are dictionaries."""
        wanted = needs.event_columns
        texts = {name: code_texts(table[name]) for name in ("channel", "campaign") if name in wanted}
        at, known_at = microseconds(table["at"]), microseconds(table["known_at"])
        value = table["value"].to_numpy() if "value" in wanted else NO_VALUES
        return cls(code_texts(table["kind"]), at, known_at, value, **texts)


def microseconds(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Return a column of times as int64 microseconds since 1970 UTC."""
    times = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return times.to_numpy()


def code_texts(column: pa.ChunkedArray) -> Coded:
    """Return the texts of a dictionary column as numbers."""
    # Each chunk may have a dictionary of its own.
    every = {text for chunk in column.chunks for text in chunk.dictionary.to_pylist() if text is not None}
    names = tuple(sorted(every))
    out = np.empty(len(column), CODE)
    begin = 0
    for chunk in column.chunks:
        write_codes(chunk, names, out[begin : begin + len(chunk)])
        begin += len(chunk)
    return Coded(names, out)


def write_codes(chunk: pa.DictionaryArray, names: Sequence[str], out: np.ndarray) -> None:
    """Write the places of a dictionary array's texts in ``names`` into ``out``, -1 for null."""
    value_set = pa.array(names, pa.string())
    place = pc.index_in(chunk.dictionary, value_set=value_set).fill_null(-1).to_numpy(zero_copy_only=False)
    # Its last entry is what the number -1 of an empty text wraps around to.
    table = np.append(place, -1).astype(CODE)
    codes = chunk.indices.fill_null(-1) if chunk.indices.null_count else chunk.indices
    np.take(table, codes.to_numpy(zero_copy_only=False), out=out, mode="wrap")
