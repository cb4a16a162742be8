"""Numbering ids by their places in a list of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.history.loops import follow

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Texts that are looked up without a try whether they are in order.
_FEW = 1_000


def places_of(texts: pa.Array | pa.ChunkedArray | Sequence[str], own: pa.StringArray) -> np.ndarray:
    """Return the places of texts in ``own``, int64, -1 for one that is not there."""
    wanted = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.string())
    if pa.types.is_string(wanted.type) and not wanted.null_count and len(wanted) >= _FEW:
        whole = wanted.combine_chunks() if isinstance(wanted, pa.ChunkedArray) else wanted
        out = np.empty(len(whole), np.int64)
        done = follow(*bytes_of(whole), *bytes_of(own), out)
        if done == len(out):
            return out
    if not len(wanted):
        # The table of our own texts is what takes long.
        return np.empty(0, np.int64)
    found = pc.index_in(wanted, value_set=own)
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def bytes_of(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text begins, int32 (n + 1,), and the bytes of all of them, both read-only."""
    _, start, text = texts.buffers()
    bounds = np.frombuffer(start, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bounds, np.frombuffer(text, np.uint8) if text is not None and text.size else _NO_BYTES


_NO_BYTES = np.frombuffer(b"\0", np.uint8)
