"""A simulated market as a Marketo export: monthly bulk CSVs, types, opportunities, and the traps of real ones.

Old activities of some types are gone; months overlap by a day and one is missing; values are those of the day of
export; ``null`` stands for nothing; a type that the types file lacks; merged, deleted and anonymous records;
guesses at the company from the network address; points and sales' own words among the fields; renewals among the
opportunities.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.facts.sql import text
from features.simulation.export_conversions import draw_conversions
from features.simulation.export_people import field_history
from features.simulation.marketo_activities import activity_rows, marketo_activities
from features.simulation.marketo_people import marketo_leads, marketo_opportunities, marketo_roles
from features.simulation.marketo_strangers import draw_strangers
from features.simulation.marketo_types import NEW_LEAD, SHORT_KEPT, types_file
from features.simulation.parameters import DAYS
from features.simulation.seasons import dates

if TYPE_CHECKING:
    from pathlib import Path

    from features.simulation.market import Market

#: How long the vendor keeps activities, in days: the short-kept types, and all others but New Lead.
KEPT_DAYS = (90, 760)
MISSING = ("2024-08",)
_FIRST_GUID = 7_000_000_000


def write_marketo_export(
    market: Market,
    folder: Path,
    *,
    kept_days: tuple[int, int] = KEPT_DAYS,
    missing: tuple[str, ...] = MISSING,
) -> list[Path]:
    """Write the export into ``folder`` and return its files.

    ``kept_days`` says how old short-kept and other activities are at most; of a market whose files were fetched
    month by month from the start, both are ``DAYS``. ``missing`` names months without a file of activities, as in
    ``2024-08``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    conversions, strangers = draw_conversions(market), draw_strangers(market)
    changes = field_history(market, conversions)
    leads = marketo_leads(market, conversions, changes, strangers)
    files = [
        *_by_month(folder, "leads", leads, pc.utf8_slice_codeunits(leads["createdAt"], 0, 7)),
        _write(folder / "opportunities.csv", marketo_opportunities(market)),
        _write(folder / "opportunity_roles.csv", marketo_roles(market, strangers)),
    ]
    types = folder / "activity_types.json"
    types.write_text(json.dumps(types_file(), indent=1) + "\n", encoding="utf-8")
    found = _kept(marketo_activities(market, conversions, changes, strangers), *kept_days)
    return [*files, types, *_activity_files(folder, found, missing)]


def _kept(activities: pa.Table, short: int, long: int) -> pa.Table:
    age = DAYS - activities["at"].to_numpy()
    number = activities["type"].to_numpy()
    limit = np.where(number == NEW_LEAD, np.inf, np.where(np.isin(number, SHORT_KEPT), short, long))
    return activities.filter(pa.array(age <= limit))


def _by_month(folder: Path, name: str, table: pa.Table, month: pa.ChunkedArray) -> list[Path]:
    return [
        _write(folder / f"{name}_{each}.csv", table.filter(pc.equal(month, each)))
        for each in sorted(pc.unique(month).to_pylist())
    ]


def _activity_files(folder: Path, activities: pa.Table, missing: tuple[str, ...]) -> list[Path]:
    """Write a file a month, each up to the end of the next month's first day, so that neighbours share a day."""
    at = activities["at"].to_numpy()
    when = pd.Series(dates()[:DAYS].strftime("%Y-%m"))
    files = []
    for month, days in when.groupby(when).groups.items():
        if month in missing:
            continue
        first = int(np.searchsorted(at, days[0]))
        last = int(np.searchsorted(at, days[-1] + 2.0))
        rows = activity_rows(activities.slice(first, last - first), _FIRST_GUID + first)
        files.append(_write(folder / f"activities_{month}.csv", rows))
    return files


def _write(file: Path, table: pa.Table) -> Path:
    """Write a table as a bulk extract: ``null`` where a value is empty, quotes only where they are needed."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("extract", table)
        connection.execute(f"COPY extract TO {text(file)} (FORMAT csv, HEADER, NULLSTR 'null')")
    return file
