"""One validation for every importer, as SQL over the staged rows: the first fault of each row, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.facts.schema import SQL_TYPES, TABLES

if TYPE_CHECKING:
    from features.facts.schema import Column, Table
    from features.facts.staging import Staging


#: Fault number of a row whose key an earlier row already has.
REPEATED = -1

_EXPECTED = {"time": "a time", "number": "a finite number", "flag": "true or false", "text": "text"}

# Times that must have happened by the end of the observed period, per table.
_OBSERVED = {
    "leads": ("created_at",),
    "attributes": ("known_at",),
    "events": ("at", "known_at"),
    "opportunities": ("created_at", "closed_at"),
    "verdicts": ("at",),
}


@dataclass(frozen=True)
class Fault:
    """A condition (SQL, true where at fault), its column, and the reason (SQL text)."""

    condition: str
    column: str
    reason: str


def typed_view(staging: Staging, table: Table) -> str:
    """Create ``typed_<table>``: each staged column as it came (``raw_x``) and as its type (``x``)."""
    selects = []
    for part in staging.parts(table.name):
        given = set(staging.columns_of(part))
        columns = [_typed(column, given) for column in table.columns]
        selects.append(f"SELECT _source, _row::BIGINT AS _row, {', '.join(columns)} FROM {part}")
    if not selects:
        nothing = ", ".join(
            f'NULL::VARCHAR AS raw_{c.name}, NULL::{SQL_TYPES[c.type]} AS "{c.name}"' for c in table.columns
        )
        selects.append(f"SELECT NULL::VARCHAR AS _source, NULL::BIGINT AS _row, {nothing} WHERE false")
    view = f"typed_{table.name}"
    staging.connection.execute(f"CREATE OR REPLACE VIEW {view} AS {' UNION ALL '.join(selects)}")
    return view


def _typed(column: Column, given: set[str]) -> str:
    if column.name not in given:
        return f'NULL::VARCHAR AS raw_{column.name}, NULL::{SQL_TYPES[column.type]} AS "{column.name}"'
    raw = f'blank_to_null("{column.name}")'
    typed = f'TRY_CAST("{column.name}" AS {SQL_TYPES[column.type]})'
    if column.type == "text":
        typed = raw
    elif column.type == "time":
        typed = f'iso_time("{column.name}")'
    if column.type in {"time", "number"}:
        typed = f"CASE WHEN isfinite({typed}) THEN {typed} END"
    return f'{raw} AS raw_{column.name}, {typed} AS "{column.name}"'


def faults(table: Table, observed_until: str) -> list[Fault]:
    """Return the checks of a table in the order in which they are reported; references come last."""
    found = []
    for column in table.columns:
        found.extend(_column_faults(column))
    found.extend(
        Fault(
            f"\"{column}\" > TIMESTAMPTZ '{observed_until}'",
            column,
            f"'lies after the end of the observed period, {observed_until}'",
        )
        for column in _OBSERVED[table.name]
    )
    if table.name == "events":
        found.append(
            Fault(
                'known_at < "at"',
                "known_at",
                "'known before it happened, at ' || strftime(\"at\", '%Y-%m-%dT%H:%M:%SZ')",
            )
        )
    if table.name == "opportunities":
        found.append(
            Fault("lead_id IS NULL AND account_id IS NULL", "lead_id", "'neither lead nor account is given'")
        )
    return found


def _column_faults(column: Column) -> list[Fault]:
    raw = f"raw_{column.name}"
    found = []
    if column.required:
        found.append(Fault(f"{raw} IS NULL", column.name, "'is missing'"))
    if column.type == "time":
        unread = f'{raw} IS NOT NULL AND "{column.name}" IS NULL'
        iso = f"substr({raw}, 5, 1) = '-' AND substr({raw}, 8, 1) = '-'"
        # A date, but of which day? 1/2/25 may be two of them.
        other = f"{unread} AND NOT ({iso}) AND regexp_matches({raw}, '^\\d{{1,4}}[./-]\\d{{1,2}}[./-]\\d{{1,4}}')"
        found.append(Fault(other, column.name, "'is not a time in ISO 8601, as 2026-03-01 is'"))
        before = f"\"{column.name}\" < TIMESTAMPTZ '1970-01-01'"
        found.append(Fault(before, column.name, "'lies before 1970'"))
    if column.type != "text":
        expected = f"'is not {_EXPECTED[column.type]}'"
        found.append(Fault(f'{raw} IS NOT NULL AND "{column.name}" IS NULL', column.name, expected))
    if column.choices:
        allowed = ", ".join(column.choices)
        quoted = ", ".join(f"'{choice}'" for choice in column.choices)
        found.append(Fault(f'"{column.name}" NOT IN ({quoted})', column.name, f"'is none of {allowed}'"))
    return found


def reference_faults(table: str) -> list[Fault]:
    """Return the checks that a row's lead and account exist among the leads accepted, or known from before."""
    lead = "lead_id NOT IN (SELECT lead_id FROM known_leads)"
    account = "account_id NOT IN (SELECT account_id FROM known_leads WHERE account_id IS NOT NULL)"
    if table in {"events", "verdicts"}:
        return [Fault(lead, "lead_id", "'no such lead in leads'")]
    if table == "opportunities":
        return [
            Fault(f"lead_id IS NOT NULL AND {lead}", "lead_id", "'no such lead in leads'"),
            Fault(
                f"account_id IS NOT NULL AND lead_id IS NULL AND {account}",
                "account_id",
                "'no lead has this account'",
            ),
        ]
    if table == "attributes":
        return [
            Fault(
                f"entity = 'lead' AND {lead.replace('lead_id NOT', 'entity_id NOT')}",
                "entity_id",
                "'no such lead in leads'",
            ),
            Fault(
                f"entity = 'account' AND {account.replace('account_id NOT', 'entity_id NOT')}",
                "entity_id",
                "'no lead has this account'",
            ),
        ]
    return []


def accept(staging: Staging, table: Table, observed_until: str) -> int:
    """Split a table's staged rows: ``accepted_<table>`` and rejects. Return how many were accepted."""
    view = typed_view(staging, table)
    checks = faults(table, observed_until) + reference_faults(table.name)
    number = " ".join(f"WHEN {check.condition} THEN {i}" for i, check in enumerate(checks))
    staging.connection.execute(
        f"CREATE OR REPLACE TABLE checked_{table.name} AS SELECT *, CASE {number} END AS _fault FROM {view}"
    )
    _mark_duplicates(staging, table)
    _collect_rejects(staging, table, checks)
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    staging.connection.execute(
        f"CREATE OR REPLACE TABLE accepted_{table.name} AS "
        f"SELECT {columns} FROM checked_{table.name} WHERE _fault IS NULL"
    )
    staging.connection.execute(f"DROP VIEW {view}")
    for relation in [f"checked_{table.name}", *staging.parts(table.name)]:
        staging.connection.execute(f"DROP TABLE {relation}")
    return staging.count(f"accepted_{table.name}")


def _mark_duplicates(staging: Staging, table: Table) -> None:
    key = ", ".join(f'"{column}"' for column in table.key)
    same = " AND ".join(f'c."{column}" = d."{column}"' for column in table.key)
    checked = f"checked_{table.name}"
    # Repeated keys are few: find them by a cheap grouping first, and touch only those.
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE repeated AS
        SELECT {key}, min(rowid) AS kept, arg_min(_source || ' row ' || _row, rowid) AS first_seen
        FROM {checked} WHERE _fault IS NULL GROUP BY {key} HAVING count(*) > 1"""
    )
    staging.connection.execute(
        f"""UPDATE {checked} AS c SET _fault = {REPEATED} FROM repeated AS d
        WHERE {same} AND c._fault IS NULL AND c.rowid <> d.kept"""
    )


def _collect_rejects(staging: Staging, table: Table, checks: list[Fault]) -> None:
    checked = f"checked_{table.name}"
    if staging.count(checked, "_fault IS NOT NULL") == 0:
        return
    record = ", ".join(f'"{column}" := c.raw_{column}' for column in table.column_names)
    same = " AND ".join(f'c."{column}" = d."{column}"' for column in table.key)
    named, value, reason = (
        " ".join(f"WHEN {i} THEN {text}" for i, text in enumerate(texts))
        for texts in (
            [f"'{check.column}'" for check in checks],
            [f"c.raw_{check.column}" for check in checks],
            [check.reason for check in checks],
        )
    )
    key_text = f"concat_ws(', ', {', '.join(f'c.raw_{column}' for column in table.key)})"
    query = f"""
        SELECT '{table.name}', c._source, c._row,
            CASE c._fault WHEN {REPEATED} THEN '{", ".join(table.key)}' {named} END,
            CASE c._fault WHEN {REPEATED} THEN {key_text} {value} END,
            CASE c._fault WHEN {REPEATED} THEN 'repeats the key of ' || d.first_seen {reason} END,
            to_json(struct_pack({record}))::VARCHAR
        FROM {checked} c LEFT JOIN repeated d ON {same}
        WHERE c._fault IS NOT NULL ORDER BY 2, 3"""
    staging.all_rejects.add_from(query)


def accept_all(staging: Staging, observed_until: str, known: str | None = None) -> dict[str, int]:
    """Check every table, leads first since the others refer to them; return accepted rows per table.

    ``known`` is a SELECT of the lead_id and account_id of leads known from before, which rows may also refer to.
    """
    counts = {}
    for name, table in TABLES.items():
        counts[name] = accept(staging, table, observed_until)
        if name == "leads":
            more = f" UNION ALL {known}" if known else ""
            staging.connection.execute(
                f"CREATE OR REPLACE VIEW known_leads AS SELECT lead_id, account_id FROM accepted_leads{more}"
            )
    return counts
