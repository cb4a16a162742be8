"""Activities, read file by file into one slim table: of each file only what is needed stays.

A bulk extract may cover at most 31 days, so there are many files, and neighbours often share some days. An
activity is told by its ``marketoGUID``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.facts.staging import Reject
from features.importers.csv_files import CsvSource, load_csv, missing_columns
from features.importers.marketo.files import ACTIVITIES, HINT, SHAPE
from features.importers.marketo.types import CHANGE_VALUE, MERGE, numbers_in, of_role
from features.importers.objects import files_of
from features.importers.sql import ident, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts.staging import Staging
    from features.importers.marketo.types import ActivityType
    from features.importers.objects import Export

_MACROS = (
    # The attributes of an activity are JSON in a cell: an object, or in older extracts a list of names and values.
    """attribute(cell, name) AS CASE WHEN NOT json_valid(cell) THEN NULL
        WHEN cell[1] = '[' THEN list_filter(from_json(cell, '[{"name": "VARCHAR", "value": "VARCHAR"}]'),
            lambda each: each.name = name)[1].value
        ELSE json_extract_string(cell, '$."' || name || '"') END""",
)
_MOST_REASONS = 1000


def load_activities(
    staging: Staging, export: Export, types: dict[int, ActivityType], step: Callable[[str], None]
) -> None:
    """Make ``activity``, a row per line of all files, and ``activity_files``; reject what cannot be read.

    ``activity`` has guid, lead_id, type (NULL where it is no number), happened, asset, campaign, old, new, losers,
    value, file (a number) and row, and beside them ``wrong``: the date as it came, where it is none.

    Raises
    ------
    DataError
        There is no file of activities, or one cannot be read or lacks a column.

    """
    files = files_of(export.folder, ACTIVITIES)
    if not files:
        nearest = did_you_mean("activities.csv", [path.name for path in export.folder.iterdir()])
        raise DataError(f"{export.folder}: holds no activities.csv; {nearest}", hint=HINT)
    for macro in _MACROS:
        staging.connection.execute(f"CREATE OR REPLACE MACRO {macro}")
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE activity (guid VARCHAR, lead_id VARCHAR, type BIGINT,
        happened TIMESTAMPTZ, asset VARCHAR, campaign VARCHAR, old VARCHAR, new VARCHAR, losers VARCHAR,
        value VARCHAR, file SMALLINT, row BIGINT, wrong VARCHAR)"""
    )
    staging.connection.execute("CREATE OR REPLACE TEMP TABLE activity_files (file SMALLINT, name VARCHAR)")
    for number, path in enumerate(files):
        step(f"reading {path.name}")
        _load(staging, path, number, types)
    if staging.count("activity") == 0:
        raise DataError(f"{files[0]}: holds a header and no usable row", hint=HINT)
    export.files[ACTIVITIES.name] = files
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW {SHAPE.relation(ACTIVITIES.name)} AS
        SELECT max(happened)::VARCHAR AS "activityDate" FROM activity"""
    )


def _load(staging: Staging, path: Path, number: int, types: dict[int, ActivityType]) -> None:
    wanted = {name.casefold() for name in ACTIVITIES.columns}
    found = load_csv(
        staging,
        CsvSource(path, path.name, ACTIVITIES.table),
        "activity_file",
        lambda header: header.casefold() in wanted,
    )
    for lacking in missing_columns(found, ACTIVITIES.needed):
        raise DataError(
            f"{path}: has no column {lacking!r}; {did_you_mean(lacking, found)}",
            hint=f"activities are read with at least {', '.join(ACTIVITIES.needed)}; fetch them again with these",
        )
    have = {name.casefold() for name in found}
    columns = ", ".join(
        f"given({ident(name)}) AS {ident(name)}" if name.casefold() in have else f"NULL::VARCHAR AS {ident(name)}"
        for name in ACTIVITIES.columns
    )
    if "attributes" not in have:
        staging.note(f"{path.name} has no column attributes: its changes of values and merges are unknown.")
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW activity_rows AS SELECT *, TRY_CAST("activityTypeId" AS BIGINT) AS type
        FROM (SELECT {columns}, _source, _row FROM activity_file)"""
    )
    staging.connection.execute(f"INSERT INTO activity_files VALUES ({number}, {text(path.name)})")
    _reject_json(staging, types)
    staging.connection.execute(
        f"""INSERT INTO activity SELECT "marketoGUID", "leadId", type, instant("activityDate"),
            "primaryAttributeValue", "campaignId", {_picked(types)}, {number}, _row,
            CASE WHEN instant("activityDate") IS NULL THEN "activityDate" END
        FROM activity_rows WHERE NOT {_unreadable(types)}"""
    )


def _readers(types: dict[int, ActivityType]) -> list[int]:
    return [*of_role(types, CHANGE_VALUE, MERGE), *(each.number for each in types.values() if each.value)]


def _unreadable(types: dict[int, ActivityType]) -> str:
    inside = f"coalesce(type IN ({numbers_in(_readers(types))}), false)"
    return f"""({inside} AND "attributes" IS NOT NULL AND NOT json_valid("attributes"))"""


def _picked(types: dict[int, ActivityType]) -> str:
    """Select old, new, losers and value out of the attributes, of those types alone that have them."""
    changes, merges = (numbers_in(of_role(types, role)) for role in (CHANGE_VALUE, MERGE))

    def pick(numbers: str, name: str) -> str:
        return f'CASE WHEN type IN ({numbers}) THEN attribute("attributes", {text(name)}) END'

    values = "".join(
        f'WHEN type = {each.number} THEN attribute("attributes", {text(each.value)}) '
        for each in types.values()
        if each.value
    )
    value = f"CASE {values}END" if values else "NULL"
    return f"{pick(changes, 'Old Value')}, {pick(changes, 'New Value')}, {pick(merges, 'Merge IDs')}, {value}"


def _reject_json(staging: Staging, types: dict[int, ActivityType]) -> None:
    rows = staging.rows(
        f"""SELECT _source, _row, "attributes", to_json(struct_pack({
            ", ".join(f"{ident(name)} := {ident(name)}" for name in ACTIVITIES.columns)
        }))::VARCHAR FROM activity_rows WHERE {_unreadable(types)} ORDER BY _row"""
    )
    staging.reject(
        [
            Reject("events", source, row, "attributes", cell[:200], "is not JSON", record)
            for source, row, cell, record in rows
        ]
    )


def drop_repeated(staging: Staging) -> None:
    """Keep each activity once: where one row of it still names a lead that was merged since, that one.

    Rows that share a ``marketoGUID`` and differ in type or time are not the same; the common checks reject them.
    """
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE repeats AS
        SELECT guid, type, happened, arg_min(rowid, (lead_id NOT IN (SELECT lost_id FROM merges), rowid)) AS kept,
            count(*) - 1 AS extra
        FROM activity WHERE guid IS NOT NULL AND happened IS NOT NULL
        GROUP BY guid, type, happened HAVING count(*) > 1"""
    )
    extra = staging.rows("SELECT coalesce(sum(extra), 0)::BIGINT FROM repeats")[0][0]
    staging.skip("activities that stand in more than one file", extra)
    if extra:
        staging.connection.execute(
            """DELETE FROM activity USING repeats r WHERE activity.guid = r.guid AND activity.happened = r.happened
            AND activity.type IS NOT DISTINCT FROM r.type AND activity.rowid <> r.kept"""
        )


def skip_unknown(staging: Staging, types: dict[int, ActivityType]) -> None:
    """Refuse activities whose type the types file does not name, and count them by id."""
    unknown = f"type IS NULL OR type NOT IN ({numbers_in(types)})"
    counts = staging.rows(
        f"""SELECT type, count(*), count(DISTINCT lead_id) FROM activity WHERE {unknown}
        GROUP BY type ORDER BY 2 DESC, 1"""
    )
    if not counts:
        return
    for number, rows, _ in counts[:_MOST_REASONS]:
        staging.skip(f"activities of the unknown type {'(none)' if number is None else number}", rows)
    listed = ", ".join(f"{number} ({rows:,} of {leads:,} leads)" for number, rows, leads in counts[:12])
    more = f" and {len(counts) - 12} more" if len(counts) > 12 else ""
    staging.note(
        f"Refused, since activity_types.json does not name their type: {listed}{more}. Fetch the types file again."
    )
    staging.connection.execute(f"DELETE FROM activity WHERE {unknown}")
