"""The leads of a mapped source: one row each, with a time of creation, real or made up to keep their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import text
from features.importers.tables.files import column

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.tables.blocks import LeadsBlock
    from features.importers.tables.files import OpenedFile

#: Made-up times start here: long ago, so that nobody takes them for real ones.
UNDATED_BASE = "2000-01-01T00:00:00Z"


def stage_leads(staging: Staging, block: LeadsBlock, file: OpenedFile) -> None:
    """Stage the leads and leave three relations for the other tables.

    ``lead_book`` has a row per lead taken (lead_id, account_id, created as text, and where it stands);
    ``left_out`` has the ids left out on purpose; ``account_book`` has each account's earliest lead.
    """
    _lead_rows(staging, block, file)
    _reject_repeated(staging, file)
    _leave_out(staging, block)
    staging.connection.execute(
        """CREATE OR REPLACE TABLE lead_book AS SELECT * EXCLUDE (nth) FROM lead_rows
        WHERE nth = 1 AND (lead_id IS NULL OR lead_id NOT IN (SELECT lead_id FROM left_out))"""
    )
    staging.connection.execute(
        """CREATE OR REPLACE TABLE account_book AS
        SELECT account_id, min(instant(created))::VARCHAR AS created FROM lead_book
        WHERE account_id IS NOT NULL GROUP BY account_id"""
    )
    staging.stage(
        "leads",
        "SELECT lead_id, account_id, created AS created_at, _source, _row FROM lead_book ORDER BY _position",
    )


def _lead_rows(staging: Staging, block: LeadsBlock, file: OpenedFile) -> None:
    account = f"blank_to_null({column(block.account)})" if block.account else "NULL::VARCHAR"
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE lead_rows AS
        WITH read AS (
            SELECT blank_to_null({column(block.id)}) AS lead_id, {account} AS account_id,
                {_created(block)} AS created, _source, _row, _position FROM {file.relation}
        )
        SELECT read.* {_first_event(block)},
            CASE WHEN lead_id IS NULL THEN 1
            ELSE row_number() OVER (PARTITION BY lead_id ORDER BY _position) END AS nth
        FROM read {"LEFT JOIN first_events USING (lead_id)" if block.created else ""}"""
    )


def _created(block: LeadsBlock) -> str:
    if block.created_at is not None:
        return f"moment({column(block.created_at)})"
    if block.order_by is not None:
        key = column(block.order_by)
        # Numbers are ordered as numbers, the rest as text; ties keep the order of the file.
        order = f"TRY_CAST({key} AS DOUBLE) NULLS LAST, {key}::VARCHAR NULLS LAST, _position"
        minutes = f"(row_number() OVER (ORDER BY {order}) - 1) * INTERVAL 1 MINUTE"
        return f"(TIMESTAMPTZ '{UNDATED_BASE}' + {minutes})::VARCHAR"
    return "NULL::VARCHAR"


def _first_event(block: LeadsBlock) -> str:
    return "REPLACE (first_known::VARCHAR AS created)" if block.created else ""


def _reject_repeated(staging: Staging, file: OpenedFile) -> None:
    # Here rather than in the common checks: attributes of the same row must not be taken for the first one's.
    staging.all_rejects.add_from(
        f"""SELECT 'leads', r._source, r._row, 'lead_id', r.lead_id,
            'repeats the key of ' || f._source || ' row ' || f._row, to_json(o)::VARCHAR
        FROM lead_rows r JOIN lead_rows f ON f.lead_id = r.lead_id AND f.nth = 1
        JOIN {file.relation} o ON o._position = r._position WHERE r.nth > 1 ORDER BY r._position"""
    )


def _leave_out(staging: Staging, block: LeadsBlock) -> None:
    reasons = {}
    if block.created:
        reasons["leads without any event"] = "created IS NULL"
    if block.created_from:
        reasons[f"leads created before {block.created_from}"] = (
            f"instant(created) < TIMESTAMPTZ {text(block.created_from)}"
        )
    staging.connection.execute("CREATE OR REPLACE TABLE left_out (lead_id VARCHAR)")
    for reason, condition in reasons.items():
        before = staging.count("left_out")
        staging.connection.execute(
            f"""INSERT INTO left_out SELECT lead_id FROM lead_rows
            WHERE nth = 1 AND lead_id IS NOT NULL AND {condition}"""
        )
        staging.skip(reason, staging.count("left_out") - before)


def skip_left_out(staging: Staging, relation: str, what: str) -> str:
    """Count a relation's rows that belong to leads left out; return the condition that keeps the others."""
    staging.skip(f"{what} of leads left out", staging.count(relation, "lead_id IN (SELECT lead_id FROM left_out)"))
    return "(lead_id IS NULL OR lead_id NOT IN (SELECT lead_id FROM left_out))"
