"""Properties as they stood: each row of a property history is a version, known from its timestamp on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import ident, text

if TYPE_CHECKING:
    from collections.abc import Collection

    from features.facts.staging import Staging
    from features.importers.objects import Export

# What tells the importers' two histories apart: whose key they have, and where the record itself is found.
_BOOKS = {
    "contacts": ("contact", "SELECT lead_id AS id, _source, _row, created_at AS since, created FROM lead_book"),
    # A company may be made after its first contact, by whose value it was known all the same.
    "companies": (
        "company",
        """SELECT r.company_id AS id, r._source, r._row, first_of.created_at AS since, first_of.created
        FROM company_rows r JOIN company_book b USING (company_id) JOIN (
            SELECT account_id, arg_min(created_at, created) AS created_at, min(created) AS created
            FROM lead_book WHERE account_id IS NOT NULL GROUP BY account_id) first_of USING (account_id)
        WHERE NOT r.deleted AND r.company_id NOT IN (SELECT loser_id FROM companies_merges)""",
    ),
}


def read_history(staging: Staging, what: str) -> dict[str, str]:
    """Lay out ``<what>_book`` and ``<what>_changes``; return, per property, since when its history is kept."""
    entity, book = _BOOKS[what]
    staging.connection.execute(f"CREATE OR REPLACE TABLE {what}_book AS {book}")
    key = f"hs_id({entity}_id)"
    relation = f"hs_{entity}_property_history"
    others = f"({key} IS NULL OR {key} NOT IN (SELECT id FROM {what}_book))"
    staging.skip(
        f"property history of {what} that are deleted, merged or unknown", staging.count(relation, others)
    )
    staging.skip(
        f"archived property history of {what}",
        staging.count(relation, f"coalesce(is_true(archived), false) AND NOT {others}"),
    )
    # Slices overlap, and of two values in one instant the later row stands.
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE {what}_changes AS
        SELECT {key} AS id, regexp_replace(lower(trim("name")), '^property_', '') AS field, "value" AS new,
            hs_time("timestamp") AS changed_at, hs_instant("timestamp") AS changed, h._source, h._row
        FROM {relation} h WHERE {key} IN (SELECT id FROM {what}_book) AND NOT is_true(h.archived)
        QUALIFY changed IS NULL OR row_number() OVER (PARTITION BY id, field, changed
            ORDER BY _source DESC, _row DESC) = 1"""
    )
    firsts = staging.rows(
        f"SELECT field, strftime(min(changed), '%Y-%m-%d') FROM {what}_changes GROUP BY field ORDER BY field"
    )
    return {field: first for field, first in firsts if first is not None}


def versions(what: str, field: str, value: str, *, in_file: bool, tracked: bool) -> str:
    """Return a SELECT of a property's versions: id, value, known_at, known (the same as a time), _source, _row.

    A record with a value and without any history of it has this value from its lead's creation on.
    """
    nothing = "NULL::VARCHAR AS id, NULL::VARCHAR AS value, NULL::VARCHAR AS known_at, NULL::TIMESTAMPTZ AS known"
    parts = [f"SELECT {nothing}, NULL::VARCHAR AS _source, NULL::BIGINT AS _row WHERE false"]
    if in_file:
        missing = f"b.id NOT IN (SELECT id FROM {what}_changes WHERE field = {text(field)})" if tracked else "true"
        current = value.format(f"l.{ident(field)}")
        parts.append(
            f"""SELECT b.id, {current} AS value, b.since AS known_at, b.created AS known, b._source, b._row
            FROM hs_{what} l JOIN {what}_book b ON b._source = l._source AND b._row = l._row
            WHERE {current} IS NOT NULL AND {missing}"""
        )
    if tracked:
        parts.append(
            f"""SELECT id, {value.format("new")} AS value, changed_at AS known_at, changed AS known,
                _source, _row FROM {what}_changes WHERE field = {text(field)}"""
        )
    return " UNION ALL ".join(parts)


def note_history(
    staging: Staging,
    export: Export,
    what: str,
    names: dict[str, str],
    tracked: dict[str, str],
    *,
    history_only: Collection[str] = (),
) -> None:
    """Say since when each property's history is kept, and where it does not agree with the record.

    Values on record of ``history_only`` properties are not taken, so nothing is said of those without a history.
    """
    shown = {field: first for field, first in tracked.items() if field in names}
    if not shown:
        return
    since = ", ".join(f"{names[field]} {first}" for field, first in sorted(shown.items()))
    staging.note(f"First value on record in the history of {what}, before which nothing is known: {since}.")
    given = {column.casefold() for column in export.columns.get(what, [])}
    without, differing = [], 0
    for field in sorted(shown):
        if field not in given:
            continue
        column, key = ident(field), text(field)
        bare, other = staging.rows(
            f"""SELECT count(*) FILTER (WHERE c.id IS NULL AND blank_to_null(l.{column}) IS NOT NULL),
                count(*) FILTER (WHERE lower(trim(c.last)) <> lower(trim(coalesce(l.{column}, ''))))
            FROM {what}_book b JOIN hs_{what} l ON b._source = l._source AND b._row = l._row
            LEFT JOIN (SELECT id, arg_max(coalesce(new, ''), changed) AS last FROM {what}_changes
                WHERE field = {key} GROUP BY id) c ON c.id = b.id"""
        )[0]
        differing += other
        if bare and field not in history_only:
            without.append(f"{names[field]} {bare}")
    if without:
        staging.note(f"Values of {what} without any history, taken as known from the start: {', '.join(without)}.")
    if differing:
        staging.note(f"Values of {what} that differ from the last one in their history: {differing}.")
