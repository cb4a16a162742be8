"""Events of a mapped source: one a row, or totals of a period, which are known only when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts.clock import format_moment, parse_duration
from features.importers.sql import text, texts
from features.importers.tables.files import column
from features.importers.tables.leads import skip_left_out

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.tables.blocks import EventsBlock
    from features.importers.tables.files import OpenedFile


def read_events(
    staging: Staging, blocks: tuple[EventsBlock, ...], opened: dict[str, OpenedFile]
) -> dict[str, str]:
    """Lay out all events in ``mapped_events`` and each lead's first in ``first_events``.

    They come before the leads, some of which are born by their first event. Returns since when each kind of
    total is observed: a period without any activity was watched all the same.
    """
    staging.connection.execute(
        """CREATE OR REPLACE TABLE mapped_events (event_id VARCHAR, lead_id VARCHAR, kind VARCHAR, "at" VARCHAR,
        known_at VARCHAR, channel VARCHAR, campaign VARCHAR, value VARCHAR, _source VARCHAR, _row BIGINT)"""
    )
    observed_from: dict[str, str] = {}
    for number, block in enumerate(blocks):
        file = opened[block.file]
        if block.totals is None:
            _insert(staging, _single(number, block, file))
            _note_kinds(staging, block, file)
            _note_kind_column(staging, block, file, number)
            continue
        for name, kind in block.totals.items():
            _insert(staging, _total(number, block, file, name, kind))
        observed_from.update(_watched_since(staging, block, file))
    _first_events(staging, blocks, opened)
    return observed_from


def _first_events(staging: Staging, blocks: tuple[EventsBlock, ...], opened: dict[str, OpenedFile]) -> None:
    # From the files, not from mapped_events: a period without activity tells as well that the lead was there.
    seen = [
        f"SELECT blank_to_null({_cell(block.lead)}) AS lead_id, instant({_known_at(block)}) AS known_at "
        f"FROM {opened[block.file].relation}"
        for block in blocks
    ]
    rows = " UNION ALL ".join(seen) or "SELECT NULL::VARCHAR AS lead_id, NULL::TIMESTAMPTZ AS known_at"
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE first_events AS SELECT lead_id, min(known_at) AS first_known
        FROM ({rows}) WHERE lead_id IS NOT NULL GROUP BY lead_id"""
    )


def stage_events(staging: Staging) -> None:
    """Stage what :func:`read_events` laid out, but for leads that were left out."""
    keep = skip_left_out(staging, "mapped_events", "events")
    staging.stage("events", f"SELECT * FROM mapped_events WHERE {keep}")


def _insert(staging: Staging, select: str) -> None:
    staging.connection.execute(f"INSERT INTO mapped_events BY NAME {select}")


def _cell(name: str | None) -> str:
    return f"{column(name)}::VARCHAR" if name is not None else "NULL::VARCHAR"


def _single(number: int, block: EventsBlock, file: OpenedFile) -> str:
    select = f"""SELECT blank_to_null({_cell(block.id)}) AS event_id,
        blank_to_null({_cell(block.lead)}) AS lead_id,
        {_kind(block)} AS kind, moment({column(block.at)}) AS "at", {_known_at(block)} AS known_at,
        {_cell(block.channel)} AS channel,
        {_cell(block.campaign)} AS campaign, {_cell(block.value)} AS value, _source, _row FROM {file.relation}"""
    return select if block.id else _with_ids(str(number), select, ("known_at", "channel", "campaign", "value"))


def _with_ids(prefix: str, select: str, more: tuple[str, ...] = ()) -> str:
    """Give events ids by their content, numbered where it is the same: a later export has them in other rows."""
    columns = [f'coalesce("{name}"::VARCHAR, chr(1))' for name in ("lead_id", "kind", "at", *more)]
    return f"""SELECT {text(prefix + ":")} || key || ':' || row_number() OVER (
            PARTITION BY key ORDER BY _source, _row) AS event_id, * EXCLUDE (event_id, key)
        FROM (SELECT *, md5(concat_ws(chr(2), {", ".join(columns)})) AS key FROM ({select}))"""


def _known_at(block: EventsBlock) -> str:
    """Return the SQL of when a row's fact could first have been used."""
    if block.known_at is not None:
        return f"moment({column(block.known_at)})"
    # A period's stamp is its first instant, so a date without a time of day is that day's midnight there.
    stamp = _cell(block.at) if block.totals else f"moment({column(block.at)})"
    after = block.known_after or block.period
    return f"coalesce((instant({stamp}) + {_interval(after)})::VARCHAR, {stamp})" if after else stamp


def _interval(duration: str) -> str:
    return f"to_microseconds({parse_duration(duration, where='duration')})"


def _kind(block: EventsBlock) -> str:
    if block.kind is not None:
        return text(block.kind)
    cell = f"trim({column(block.kind_column or '')})"
    renamed = " ".join(f"WHEN {text(value)} THEN {text(kind)}" for value, kind in block.kinds.items())
    return f"CASE {cell} {renamed} ELSE snake({cell}) END" if renamed else f"snake({cell})"


def _note_kinds(staging: Staging, block: EventsBlock, file: OpenedFile) -> None:
    """Tell which values of the kind column the mapping does not rename, where it renames some."""
    if not block.kinds:
        return
    cell = f"trim({column(block.kind_column or '')})"
    known = texts(tuple(block.kinds))
    query = (
        f"SELECT {cell}, count(*) FROM {file.relation} WHERE {cell} NOT IN ({known}) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    others = staging.rows(query)
    if others:
        listed = ", ".join(f"{value} ({rows})" for value, rows in others[:20])
        staging.note(f"Kinds of {file.shown} that the mapping does not rename: {listed}.")


def _note_kind_column(staging: Staging, block: EventsBlock, file: OpenedFile, number: int) -> None:
    if block.kind is not None and (found := file.find(block.kind)) is not None:
        staging.note(
            f"events[{number}].kind: every row of {file.shown} is of one kind, {block.kind!r}, and {found!r} "
            f"is also a column there; if it holds the kinds, write kind_column: {found}."
        )


def _total(number: int, block: EventsBlock, file: OpenedFile, name: str, kind: str) -> str:
    cell = f"blank_to_null({column(name)})"
    zero = f"coalesce(TRY_CAST({cell} AS DOUBLE), 1) = 0"
    known = _known_at(block)
    keep = "true" if block.keep_zero else f"NOT {zero}"
    select = f"""SELECT NULL::VARCHAR AS event_id, blank_to_null({_cell(block.lead)}) AS lead_id,
        {text(kind)} AS kind, {known} AS "at", {known} AS known_at,
        {_cell(block.channel)} AS channel, {_cell(block.campaign)} AS campaign, {cell} AS value, _source, _row
        FROM {file.relation} WHERE {cell} IS NOT NULL AND {keep}"""
    # Not by the total itself: a later export may have another for the same period, which then stands.
    return _with_ids(str(number), select)


def _watched_since(staging: Staging, block: EventsBlock, file: OpenedFile) -> dict[str, str]:
    first = staging.rows(f"SELECT epoch_us(min(instant({_cell(block.at)}))) FROM {file.relation}")[0][0]
    if first is None:
        return {}
    kinds = (block.totals or {}).values()
    staging.note(
        f"{file.shown}: {', '.join(kinds)} are totals of {block.period}; when within it is not known, and a "
        "shorter window may miss one."
    )
    return dict.fromkeys(kinds, format_moment(first))
