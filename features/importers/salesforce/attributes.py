"""Attributes of leads as they stood at each time, as far as the field history goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.field_history import stage_field
from features.importers.salesforce.fields import choose_fields
from features.importers.sql import ident, text, texts

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.fields import Choice
    from features.importers.objects import Export


def stage_attributes(staging: Staging, export: Export, take: tuple[str, ...]) -> tuple[str, ...]:
    """Stage every attribute; return the names of those whose history the export does not hold.

    A tracked field's value at the lead's creation is the old value of its first change; later versions are known
    from their change on. A lead whose tracked field never changed has its present value from the start.
    """
    choice = choose_fields(export.columns["Lead"], take, export.folder / "Lead.csv")
    tracked = _read_history(staging, choice)
    for field in choice.taken:
        key = field.field.casefold()
        stage_field(staging, field, leads="sf_lead", key=key, changed=key in tracked, order="_row")
    choice.note(staging, "Lead")
    if tracked:
        _note_history(staging, choice, tracked)
    untracked = tuple(field.name for field in choice.taken if field.field.casefold() not in tracked)
    if untracked:
        staging.note(f"No history in the export, so as of its day: {', '.join(untracked)}.")
    return untracked


def _read_history(staging: Staging, choice: Choice) -> dict[str, str]:
    """Lay out ``changes`` of the fields taken; return since when each field's history is kept."""
    names = texts([field.field.casefold() for field in choice.taken]) or "NULL"
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE changes AS
        SELECT sf_id("LeadId") AS lead_id, lower(trim("Field")) AS field, "OldValue" AS old, "NewValue" AS new,
            moment("CreatedDate") AS changed_at, instant("CreatedDate") AS changed, b.created, b.created_at,
            h._source, h._row
        FROM sf_leadhistory h LEFT JOIN lead_book b ON b.lead_id = sf_id("LeadId")
        WHERE lower(trim("Field")) IN ({names}) AND NOT is_true(h."IsDeleted")"""
    )
    staging.skip("history of deleted, merged or unknown leads", staging.count("changes", "created_at IS NULL"))
    staging.connection.execute("DELETE FROM changes WHERE created_at IS NULL")
    firsts = staging.rows("SELECT field, strftime(min(changed), '%Y-%m-%d') FROM changes GROUP BY field")
    return {field: first for field, first in firsts if first is not None}


def _note_history(staging: Staging, choice: Choice, tracked: dict[str, str]) -> None:
    named = {field.field.casefold(): field for field in choice.taken}
    since = ", ".join(f"{named[key].name} {first}" for key, first in sorted(tracked.items()))
    staging.note(f"First change on record, before which nothing is known of changes: {since}.")
    differing = 0
    for key in tracked:
        differing += staging.rows(
            f"""SELECT count(*) FROM (
                SELECT lead_id, arg_max(coalesce(new, ''), (changed, _row)) AS last FROM changes
                WHERE field = {text(key)} GROUP BY lead_id) c
            JOIN lead_book b USING (lead_id) JOIN sf_lead l ON b._source = l._source AND b._row = l._row
            WHERE trim(c.last) IS DISTINCT FROM trim(coalesce(l.{ident(named[key].field)}, ''))"""
        )[0][0]
    if differing:
        staging.note(f"Values on record that differ from the last change in the history: {differing}.")
