"""How many events each lead has, in a small file of its own, so that a reader need not compare millions of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import DatasetError
from features.facts.sql import text

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts.staging import Staging

#: A row per lead in the order of leads.parquet: ``events``, how many it has, and ``first``, where they begin in
#: events.parquet.
OFFSETS = "offsets.parquet"
_HINT = "import the source again; do not rewrite the tables by hand"


def write_offsets(staging: Staging, folder: Path) -> None:
    """Write the offsets of the leads and events that were accepted."""
    order = "ORDER BY account_id NULLS FIRST, lead_id"
    staging.connection.execute(
        f"""COPY (
            WITH counted AS (SELECT lead_id, count(*) AS events FROM accepted_events GROUP BY lead_id),
            leads AS (SELECT l.account_id, l.lead_id, coalesce(c.events, 0)::BIGINT AS events
                FROM accepted_leads l LEFT JOIN counted c USING (lead_id))
            SELECT events, (sum(events) OVER ({order} ROWS UNBOUNDED PRECEDING) - events)::BIGINT AS first
            FROM leads {order}
        ) TO {text(folder / OFFSETS)} (FORMAT parquet, COMPRESSION zstd)"""
    )


def read_offsets(folder: Path) -> np.ndarray | None:
    """Return the offsets (leads + 1,), int64, or None where the folder has no such file.

    Raises
    ------
    DatasetError
        The file does not fit leads.parquet and events.parquet, one of which was replaced.

    """
    file = folder / OFFSETS
    if not file.is_file():
        return None
    try:
        events = pq.read_table(file, columns=["events"])["events"].to_numpy()
        wanted = [pq.read_metadata(folder / f"{name}.parquet").num_rows for name in ("leads", "events")]
    except (OSError, ValueError, KeyError) as error:
        message = f"{file}: cannot be read: {str(error).splitlines()[0]}"
        raise DatasetError(message, hint="import the source again") from error
    if [len(events), int(events.sum())] != wanted:
        message = (
            f"{file}: is of {len(events)} leads and {int(events.sum())} events, and the tables beside it hold "
            f"{wanted[0]} and {wanted[1]}"
        )
        raise DatasetError(message, hint=_HINT)
    return np.concatenate([[0], np.cumsum(events)]).astype(np.int64)


def find_offsets(leads: pa.Table, events: pa.Table, where: Path) -> np.ndarray:
    """Return the same offsets from the ids themselves, for a dataset written without the file.

    Raises
    ------
    DatasetError
        The events are not in the order of the leads.

    """
    given = events["lead_id"].combine_chunks()
    ids = given if pa.types.is_dictionary(given.type) else given.dictionary_encode()
    place = pc.index_in(ids.dictionary, value_set=leads["lead_id"].combine_chunks()).fill_null(-1)
    lead = place.to_numpy(zero_copy_only=False)[ids.indices.to_numpy(zero_copy_only=False)]
    if len(lead) and (lead.min() < 0 or (np.diff(lead) < 0).any()):
        raise DatasetError(f"{where}: events.parquet is not sorted in the order of the leads", hint=_HINT)
    return np.searchsorted(lead, np.arange(len(leads) + 1)).astype(np.int64)
