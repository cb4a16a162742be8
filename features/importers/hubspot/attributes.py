"""Attributes of contacts and companies as they stood at each time, as far as the property histories go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.hubspot.fields import (
    COMPANY,
    EMPLOYEES_RANGE,
    FIRMOGRAPHICS,
    Choice,
    Firmographic,
    choose_properties,
)
from features.importers.hubspot.history import note_history, read_history, versions
from features.importers.sql import ident, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.facts.staging import Staging
    from features.importers.objects import Export

# Companies of one account may say two things in one instant; one of them stands, always the same.
_ONE_PER_MOMENT = """QUALIFY known IS NULL
    OR row_number() OVER (PARTITION BY {}, known ORDER BY value NULLS LAST, v._source, v._row) = 1"""


def stage_attributes(staging: Staging, export: Export, take: tuple[str, ...]) -> tuple[str, ...]:
    """Stage every attribute; return the names of those whose history the export does not hold."""
    tracked = {what: read_history(staging, what) for what in ("contacts", "companies")}
    choice = choose_properties(export.columns["contacts"], tracked["contacts"], take, export.files["contacts"][0])
    current_only = [
        *_stage_persons(staging, export, choice, tracked["contacts"]),
        *_stage_companies(staging, export, tracked["companies"]),
        *(each.name for each in FIRMOGRAPHICS if not _stage_firmographic(staging, export, each, tracked)),
    ]
    _note_choice(staging, choice)
    names = {each.field: each.name for each in choice.taken} | {each.contact: each.name for each in FIRMOGRAPHICS}
    late = [each.field for each in choice.taken if each.history_only]
    note_history(staging, export, "contacts", names, tracked["contacts"], history_only=late)
    names = {each.field: each.name for each in COMPANY} | {each.company: each.name for each in FIRMOGRAPHICS}
    note_history(staging, export, "companies", names, tracked["companies"])
    if current_only:
        staging.note(f"No history in the export, so as of its day: {', '.join(dict.fromkeys(current_only))}.")
    return tuple(dict.fromkeys(current_only))


def _select(
    export: Export, what: str, field: str, value: str, tracked: dict[str, str], *, as_of_export: bool = True
) -> str:
    """Return the SELECT of a property's versions, with no rows where the export does not have the property."""
    in_file = as_of_export and _has(export, what, field)
    return versions(what, field, value, in_file=in_file, tracked=field in tracked)


def _stage_persons(staging: Staging, export: Export, choice: Choice, tracked: dict[str, str]) -> Iterator[str]:
    """Stage the contacts' own properties; yield the attributes that have values and no history."""
    for each in (*choice.taken, EMPLOYEES_RANGE):
        as_of_export = not each.history_only
        select = _select(export, "contacts", each.field, each.value, tracked, as_of_export=as_of_export)
        rows = staging.stage(
            "attributes",
            f"""SELECT 'lead' AS entity, id AS entity_id, {text(each.name)} AS name, value, known_at, _source, _row
            FROM ({select})""",
        )
        if rows and each.field not in tracked:
            yield each.name


def _stage_companies(staging: Staging, export: Export, tracked: dict[str, str]) -> Iterator[str]:
    """Stage where companies are; yield the attributes that have values and no history."""
    for each in COMPANY:
        select = _select(export, "companies", each.field, each.value, tracked)
        rows = staging.stage(
            "attributes",
            f"""SELECT 'account' AS entity, account_id AS entity_id, {text(each.name)} AS name, value, known_at,
                v._source, v._row
            FROM ({select}) v JOIN company_book b ON b.company_id = v.id {_ONE_PER_MOMENT.format("account_id")}""",
        )
        if rows and each.field not in tracked:
            yield each.name


def _stage_firmographic(
    staging: Staging, export: Export, each: Firmographic, tracked: dict[str, dict[str, str]]
) -> bool:
    """Stage one fact of the company under one name; tell whether its history is known, or there is no value.

    The company's record says it from its first value on; before that, and where it never has one, the contact's.
    """
    of_companies = _select(export, "companies", each.company, each.value, tracked["companies"])
    of_contacts = _select(export, "contacts", each.contact, each.value, tracked["contacts"])
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE firmographic AS
        WITH of_company AS (
            SELECT lead_id, v.* FROM ({of_companies}) v JOIN company_book c ON c.company_id = v.id
            JOIN lead_book b USING (account_id) {_ONE_PER_MOMENT.format("lead_id")}
        ),
        first_of AS (SELECT lead_id, min(known) AS first FROM of_company WHERE value IS NOT NULL GROUP BY lead_id)
        SELECT *, 'company' AS told_by FROM of_company
        UNION ALL
        SELECT v.id, v.*, 'contact' FROM ({of_contacts}) v LEFT JOIN first_of f ON f.lead_id = v.id
        WHERE first IS NULL OR known IS NULL OR known < first"""
    )
    rows = staging.stage(
        "attributes",
        f"""SELECT 'lead' AS entity, lead_id AS entity_id, {text(each.name)} AS name, value, known_at,
            _source, _row FROM firmographic""",
    )
    if rows:
        _note_firmographic(staging, export, each)
    return rows == 0 or each.company in tracked["companies"] or each.contact in tracked["contacts"]


def _note_firmographic(staging: Staging, export: Export, each: Firmographic) -> None:
    """Say whose record a fact comes from, and how often the two records contradict each other."""
    told = dict(staging.rows("SELECT told_by, count(DISTINCT lead_id) FROM firmographic GROUP BY 1"))
    both = 0, 0
    if _has(export, "contacts", each.contact) and _has(export, "companies", each.company):
        mine, theirs = f"l.{ident(each.contact)}", f"f.{ident(each.company)}"
        both = staging.rows(
            f"""SELECT count(*), count(*) FILTER (WHERE NOT {each.agrees.format(mine, theirs)})
            FROM hs_contacts l JOIN lead_book b ON b._source = l._source AND b._row = l._row
            JOIN companies_book r ON r.id = b.company_id
            JOIN hs_companies f ON f._source = r._source AND f._row = r._row
            WHERE blank_to_null({mine}) IS NOT NULL AND {each.value.format(theirs)} IS NOT NULL"""
        )[0]
    staging.note(
        f"{each.name}: told of {told.get('company', 0)} contacts by their company's record ({each.company}), of "
        f"{told.get('contact', 0)} by their own ({each.contact}). Both now say something of {both[0]}, and "
        f"contradict each other for {both[1]}; the company's counts."
    )


def _has(export: Export, what: str, field: str) -> bool:
    return field in {column.casefold() for column in export.columns.get(what, [])}


def _note_choice(staging: Staging, choice: Choice) -> None:
    if choice.refused:
        reasons = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in choice.refused.items())
        staging.note(f"Refused properties of contacts: {reasons}.")
    if choice.left:
        staging.note(
            f"Properties of contacts not taken; name them with --take if they help: {', '.join(choice.left)}."
        )
