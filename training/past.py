"""A dataset as it stood at a moment: what may be looked at before the held-out period begins."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb

from features.facts import Dataset
from features.facts.clock import format_moment
from features.facts.schema import TABLES
from features.facts.sql import text

if TYPE_CHECKING:
    from pathlib import Path

#: The part of each table that was there before {moment}. What hangs on a lead that was not goes with it, and an
#: opportunity closed later was still open.
_THEN = {
    "leads": "SELECT * FROM {leads} WHERE created_at < {moment}",
    "attributes": """SELECT * FROM {attributes} WHERE known_at < {moment} AND CASE WHEN entity = 'lead'
        THEN entity_id IN (SELECT lead_id FROM {leads} WHERE created_at < {moment})
        ELSE entity_id IN (SELECT account_id FROM {leads} WHERE created_at < {moment}) END""",
    "events": """SELECT * FROM {events} WHERE known_at < {moment}
        AND lead_id IN (SELECT lead_id FROM {leads} WHERE created_at < {moment})""",
    "opportunities": """SELECT * REPLACE (
            CASE WHEN closed_at < {moment} THEN closed_at END AS closed_at,
            CASE WHEN closed_at < {moment} THEN won END AS won
        ) FROM {opportunities} WHERE created_at < {moment}
        AND (lead_id IS NULL OR lead_id IN (SELECT lead_id FROM {leads} WHERE created_at < {moment}))""",
    "verdicts": """SELECT * FROM {verdicts} WHERE "at" < {moment}
        AND lead_id IN (SELECT lead_id FROM {leads} WHERE created_at < {moment})""",
}


def facts_before(dataset: Dataset, moment: int, folder: Path) -> Dataset:
    """Write what a dataset held before ``moment`` (microseconds UTC) into ``folder`` and open it.

    Observation ends at ``moment``; rows keep their order. An attribute without history keeps its one value, which
    is as of the export: that is what an audit is to find out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    at = min(moment, dataset.observed_until)
    names = {name: f"read_parquet({text(dataset.file(name))})" for name in TABLES}
    names["moment"] = f"make_timestamptz({at}::BIGINT)"
    counts = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = {text(folder / 'spill')}")
        for name in TABLES:
            target = text(folder / f"{name}.parquet")
            query = _THEN[name].format(**names)
            connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION lz4)").fetchall()
            found = connection.execute(f"SELECT count(*) FROM read_parquet({target})").fetchall()
            counts[name] = int(found[0][0])
    shutil.rmtree(folder / "spill", ignore_errors=True)
    manifest = dataset.manifest.model_copy(update={"observed_until": format_moment(at), "counts": counts})
    return Dataset(folder, manifest)
