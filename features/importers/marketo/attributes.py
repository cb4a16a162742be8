"""Attributes of leads as they stood at each time, as far as Change Data Value goes back: mostly 90 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts.clock import DAY, format_moment
from features.importers.field_history import stage_field
from features.importers.marketo.fields import SHOWN, choose_fields
from features.importers.marketo.types import CHANGE_VALUE, numbers_in, of_role
from features.importers.sql import ident, snake_case, text

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.fields import Choice, LeadField
    from features.importers.marketo.coverage import Coverage
    from features.importers.marketo.types import ActivityType
    from features.importers.objects import Export


def stage_attributes(
    staging: Staging,
    export: Export,
    types: dict[int, ActivityType],
    coverage: Coverage,
    take: tuple[str, ...],
) -> tuple[str, ...]:
    """Stage every attribute; return the names of those whose history does not reach back to the first lead.

    A value is known from its change on. Before a field's first change on record, its old value stood; where there
    is no change, the value on record now is taken for the whole time.
    """
    choice = choose_fields(export.columns["leads"], take, export.files["leads"][0])
    _read_changes(staging, types, choice)
    changed = {row[0] for row in staging.rows("SELECT DISTINCT field FROM changes")}
    for each in choice.taken:
        known = each.field in changed
        stage_field(staging, each, leads="given_leads", key=each.field, changed=known, order="_source, _row")
    choice.note(staging, "leads")
    since = coverage.since(of_role(types, CHANGE_VALUE))
    current = _current_only(staging, choice, changed, since)
    _note_history(staging, choice, changed, since)
    return current


def _read_changes(staging: Staging, types: dict[int, ActivityType], choice: Choice) -> None:
    """Lay out ``changes`` of the fields taken: lead_id, field, old, new, changed, created, file and row."""
    names = {snake_case(each.field): each.field for each in choice.taken}
    shown = {name: field for name, field in SHOWN.items() if field in names.values()}
    values = ", ".join(f"({text(name)}, {text(field)})" for name, field in {**shown, **names}.items())
    values = values or "(NULL, NULL)"
    numbers = numbers_in(of_role(types, CHANGE_VALUE))
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE changes AS
        WITH named(shown, field) AS (VALUES {values}),
        fields AS (SELECT asset, field FROM (SELECT DISTINCT asset FROM activity WHERE type IN ({numbers}))
            LEFT JOIN named ON shown = snake(asset))
        SELECT a.lead_id, field, asset, given(old) AS old, given(new) AS new, happened AS changed,
            happened AS changed_at, b.created, b.created_at, n.name AS _source, a.row AS _row
        FROM activity a LEFT JOIN fields USING (asset) LEFT JOIN lead_book b USING (lead_id)
        JOIN activity_files n USING (file) WHERE type IN ({numbers}) AND happened IS NOT NULL"""
    )
    staging.skip(
        "changes of values of merged, deleted, anonymous or unknown leads",
        staging.count("changes", "created IS NULL"),
    )
    others = staging.rows(
        """SELECT coalesce(asset, '(none)'), count(*) FROM changes WHERE field IS NULL AND created IS NOT NULL
        GROUP BY 1 ORDER BY 2 DESC, 1"""
    )
    staging.skip("changes of fields that are no attributes", sum(rows for _, rows in others))
    if others:
        listed = ", ".join(f"{name} ({rows:,})" for name, rows in others[:12])
        staging.note(f"Changes on record of fields that are not taken: {listed}.")
    staging.connection.execute("DELETE FROM changes WHERE field IS NULL OR created IS NULL")


def _current_only(staging: Staging, choice: Choice, changed: set[str], since: int | None) -> tuple[str, ...]:
    """Attributes without any change on record, or all of them, where most leads are older than the history."""
    first = staging.rows("SELECT epoch_us(min(created)) FROM lead_book")[0][0]
    whole = since is not None and first is not None and since <= first + 31 * DAY
    return tuple(each.name for each in choice.taken if not (whole and each.field in changed))


def _note_history(staging: Staging, choice: Choice, changed: set[str], since: int | None) -> None:
    still = [each.name for each in choice.taken if each.field not in changed]
    if still:
        staging.note(f"No change on record, so as of the day of export: {', '.join(still)}.")
    if since is None or not changed:
        return
    older = staging.count("lead_book", f"epoch_us(created) < {since}")
    moved = ", ".join(each.name for each in choice.taken if each.field in changed)
    staging.note(
        f"Changes of values are on record from {format_moment(since)[:10]} on ({moved}). {older:,} leads are "
        "older; of them the value before the first change is the one that stood then, whatever it was earlier."
    )
    differing = sum(_differing(staging, each) for each in choice.taken if each.field in changed)
    if differing:
        staging.note(f"Values on record that differ from the last change in the history: {differing:,}.")


def _differing(staging: Staging, each: LeadField) -> int:
    return int(
        staging.rows(
            f"""SELECT count(*) FROM (
                SELECT lead_id, arg_max(coalesce(new, ''), (changed, _source, _row)) AS last FROM changes
                WHERE field = {text(each.field)} GROUP BY lead_id) c
            JOIN lead_book b USING (lead_id)
            JOIN given_leads l ON b._source = l._source AND b._row = l._row
            WHERE c.last IS DISTINCT FROM coalesce(l.{ident(each.field)}, '')"""
        )[0][0]
    )
