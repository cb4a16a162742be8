"""What leads did and what was done to them: an event for each activity of behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError
from features.facts.clock import format_moment
from features.importers.marketo.types import NO_EVENT, numbers_in
from features.importers.sql import text

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.marketo.coverage import Coverage
    from features.importers.marketo.types import ActivityType

#: A type parted by its assets becomes at most this many kinds: each kind brings columns with it.
MOST_PARTS = 50


def stage_events(
    staging: Staging,
    types: dict[int, ActivityType],
    coverage: Coverage,
    observed_until: str,
    leave_out: set[int],
    split: set[int],
) -> dict[str, str]:
    """Stage the events; return from when on each kind is observed, ISO 8601.

    Types in ``leave_out`` give no events; those in ``split`` give a kind for each asset.
    """
    behaviour = [each for each in types.values() if each.role is None and each.number not in leave_out]
    _kinds(staging, behaviour, split)
    for each in types.values():
        if each.role is not None or each.number in leave_out:
            why = NO_EVENT[each.role] if each.role else "left out on request"
            staging.skip(f"activities {each.name} ({why})", staging.count("activity", f"type = {each.number}"))
    chosen = numbers_in(each.number for each in behaviour)
    until = f"TIMESTAMPTZ {text(observed_until)}"
    omitted = f"""CASE WHEN happened > {until} THEN 'activities later than the end of the export'
        WHEN a.lead_id IN (SELECT lead_id FROM anonymous) THEN 'activities of anonymous visitors'
        WHEN a.lead_id IN (SELECT lead_id FROM deleted) THEN 'activities of deleted leads'
        WHEN p.lead_id IS NULL AND a.lead_id IS NOT NULL
            THEN 'activities of leads that the lead files do not hold' END"""
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE found AS
        SELECT guid, p.lead_id, a.type, a.asset, campaign, happened, p.since, value, wrong, file, row,
            {omitted} AS omitted
        FROM activity a LEFT JOIN people p ON p.who_id = a.lead_id WHERE a.type IN ({chosen})"""
    )
    for why, rows in staging.rows("SELECT omitted, count(*) FROM found WHERE omitted IS NOT NULL GROUP BY 1"):
        staging.skip(why, rows)
    # Without the one time text that cannot be read, all times stay times; the common checks see both parts.
    for condition, time in (("happened IS NOT NULL", "happened"), ("happened IS NULL", "wrong")):
        known = "greatest(happened, since)" if time == "happened" else "wrong"
        staging.stage(
            "events",
            f"""SELECT guid AS event_id, lead_id, kind, {time} AS "at", {known} AS known_at, channel,
                coalesce(asset, 'campaign ' || campaign) AS campaign, value, name AS _source, row AS _row
            FROM found JOIN kinds ON kinds.type = found.type AND kinds.of IS NOT DISTINCT FROM
                CASE WHEN parted THEN asset END
            JOIN activity_files USING (file) WHERE omitted IS NULL AND {condition}""",
        )
    moved = staging.count("found", "omitted IS NULL AND happened < since")
    if moved:
        staging.note(
            f"Activities of leads that were merged, known for the lead that is left from then on: {moved:,}."
        )
    observed = _observed(staging, coverage)
    staging.connection.execute("DROP TABLE found")
    return observed


def _kinds(staging: Staging, behaviour: list[ActivityType], split: set[int]) -> None:
    """Make ``kinds``: type, asset where the type is parted by it (``of``), kind and channel."""
    rows = [
        f"({each.number}, {text(each.kind)}, {text(each.channel) if each.channel else 'NULL'}, "
        f"{str(each.number in split).lower()})"
        for each in behaviour
    ]
    for each in behaviour:
        if each.number in split:
            _check_parts(staging, each)
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kinds AS
        WITH named(type, name, channel, parted) AS (VALUES {", ".join(rows) or "(NULL, NULL, NULL, false)"})
        SELECT type, NULL::VARCHAR AS of, name AS kind, channel, parted FROM named WHERE NOT parted
        UNION ALL
        SELECT type, asset, name || coalesce('_' || snake(asset), ''), channel, parted
        FROM named JOIN (SELECT DISTINCT type, asset FROM activity) USING (type) WHERE parted"""
    )


def _check_parts(staging: Staging, each: ActivityType) -> None:
    parts = int(staging.rows(f"SELECT count(DISTINCT asset) FROM activity WHERE type = {each.number}")[0][0])
    if parts > MOST_PARTS:
        raise DataError(
            f"--split {each.name}: its activities name {parts:,} different assets, more than {MOST_PARTS} kinds",
            hint="split types with few assets, as forms are, or leave this one whole",
        )


def _observed(staging: Staging, coverage: Coverage) -> dict[str, str]:
    """Every kind is observed from when its type is, also where its own first event came later."""
    found: dict[str, int] = {}
    seen = "SELECT DISTINCT type FROM found WHERE omitted IS NULL"
    for kind, number in staging.rows(f"SELECT DISTINCT kind, type FROM kinds WHERE type IN ({seen})"):
        if number in coverage.observed_from:
            found[kind] = max(found.get(kind, 0), coverage.observed_from[number])
    return {kind: format_moment(moment) for kind, moment in sorted(found.items())}
