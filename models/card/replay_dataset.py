"""A card's points for a whole dataset, written block by block, or for one of its leads, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import ConfigError, did_you_mean
from features.facts.clock import DAY, format_moment
from features.facts.publish import silent
from features.history import History
from features.open_leads import open_at_each
from models.card.replay import Replayed, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from features.facts import Dataset
    from models.card.scorer import CardScorer

#: Rows replayed at a time: bounds the memory that they take.
_BLOCK = 1_000_000
#: 1970 began on a Thursday; the first Monday was the 5th of January.
_FIRST_MONDAY = 4 * DAY
_WEEK = 7 * DAY


def mondays(dataset: Dataset, history: History) -> np.ndarray:
    """Return the first instant of every Monday in UTC that the data cover, int64 (weeks,)."""
    first = int(history.arrays.created_at.min(initial=dataset.observed_until))
    begin = first - (first - _FIRST_MONDAY) % _WEEK + _WEEK
    return np.arange(begin, dataset.observed_until + 1, _WEEK, dtype=np.int64)


def write_replay(
    dataset: Dataset,
    scorer: CardScorer,
    moments: np.ndarray | None,
    into: Path,
    step: Callable[[str], None] = silent,
) -> int:
    """Write the points of every open lead at given moments, int64 (m,) rising, to Parquet; return the rows.

    Without ``moments`` it is every Monday. Columns are lead_id, as_of (UTC) and those of :meth:`Replayed.columns`;
    rows are in the order of moments, then of leads. The file is written whole or not at all.

    Raises
    ------
    ConfigError
        No lead was open at any of the moments, or the file cannot be written.

    """
    step("reading the history")
    history = History.from_dataset(dataset, scorer.feature_set)
    chosen = mondays(dataset, history) if moments is None else moments
    step(f"replaying {len(scorer.card.rules)} rules at {len(chosen):,} moments")
    partial = into.with_name(f".{into.name}.partial")
    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        for table in _tables(dataset, history, scorer, chosen):
            writer = writer or pq.ParquetWriter(partial, table.schema)
            writer.write_table(table)
            rows += table.num_rows
        if writer is not None:
            writer.close()
            partial.replace(into)
    except OSError as error:
        raise ConfigError(f"--into {into}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    if rows == 0:
        hint = "a lead is open from its creation until its first opportunity"
        raise ConfigError("card replay: no lead was open at that moment", hint=hint)
    return rows


def _tables(dataset: Dataset, history: History, scorer: CardScorer, moments: np.ndarray) -> Iterator[pa.Table]:
    block = max(1, _BLOCK // max(len(history.lead_ids), 1))
    for start in range(0, len(moments), block):
        part = moments[start : start + block]
        lead, which = open_at_each(dataset, history, part)
        if len(lead):
            points = replay(scorer, history, lead, part[which]).columns()
            as_of = pa.array(part[which]).cast(pa.timestamp("us", "UTC"))
            yield pa.table({"lead_id": pa.array(history.lead_ids[lead], pa.string()), "as_of": as_of} | points)


@dataclass(frozen=True)
class LeadPoints:
    """What a card says of one lead at some moments: ``as_of`` int64 (n,), and its points."""

    lead_id: str
    as_of: np.ndarray
    points: Replayed

    def moments(self) -> list[str]:
        """Return the moments as text."""
        return [format_moment(int(moment)) for moment in self.as_of]


def replay_lead(dataset: Dataset, scorer: CardScorer, lead_id: str, moments: np.ndarray | None) -> LeadPoints:
    """Return one lead's points at given moments, int64 (m,), open or not; without, every Monday of its being open.

    Raises
    ------
    ConfigError
        The dataset has no such lead, or it did not exist yet at a moment.

    """
    history = History.from_dataset(dataset, scorer.feature_set)
    [number] = history.positions([lead_id])
    if number < 0:
        raise ConfigError(
            f"--lead {lead_id}: no such lead in {dataset.path}",
            hint=did_you_mean(lead_id, [str(one) for one in history.lead_ids[:100_000]]),
        )
    created_at = int(history.arrays.created_at[number])
    if moments is None:
        chosen = mondays(dataset, history)
        lead, which = open_at_each(dataset, history, chosen)
        moments = chosen[which[lead == number]]
        if not len(moments):
            raise ConfigError(f"--lead {lead_id}: was open on no Monday", hint="give a moment: --as-of 2026-03-01")
    elif created_at >= moments.min():
        first = format_moment(int(moments.min()))
        message = f"--lead {lead_id}: was created {format_moment(created_at)}, not before {first}"
        raise ConfigError(message, hint="give a later moment")
    return LeadPoints(lead_id, moments, replay(scorer, history, np.full(len(moments), number, np.int64), moments))
