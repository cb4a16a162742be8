"""Versions of a field from the log of its changes: the value now, each new value, and the oldest one known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import ident, text

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.fields import LeadField


def stage_field(staging: Staging, each: LeadField, *, leads: str, key: str, changed: bool, order: str) -> None:
    """Stage one attribute of leads.

    ``leads`` is the table of leads as they came. With ``changed``, ``changes`` has the changes of the field under
    ``key``: lead_id, field, old, new, changed_at (as it came), changed (its time), created and created_at of the
    lead, _source and _row. ``order`` is the columns that tell which of two changes in one instant came first.
    """
    field = text(key)
    unchanged = f"AND b.lead_id NOT IN (SELECT lead_id FROM changes WHERE field = {field})" if changed else ""
    value = each.value.format(f"l.{ident(each.field)}")
    head = f"SELECT 'lead' AS entity, {text(each.name)} AS name"
    staging.stage(
        "attributes",
        f"""{head}, b.lead_id AS entity_id, {value} AS value, b.created_at AS known_at, b._source, b._row
        FROM {leads} l JOIN lead_book b ON b._source = l._source AND b._row = l._row
        WHERE {value} IS NOT NULL {unchanged}""",
    )
    if not changed:
        return
    last = ", ".join(f"{column} DESC" for column in order.split(", "))
    # Two changes in one instant: the later one stands. A change without a time goes on to the common checks.
    staging.stage(
        "attributes",
        f"""{head}, lead_id AS entity_id, {each.value.format("new")} AS value, changed_at AS known_at,
        _source, _row FROM changes WHERE field = {field}
        QUALIFY changed IS NULL OR row_number() OVER (PARTITION BY lead_id, changed ORDER BY {last}) = 1""",
    )
    # A change at creation itself leaves no older value.
    staging.stage(
        "attributes",
        f"""{head}, lead_id AS entity_id, {each.value.format("old")} AS value, created_at AS known_at,
        _source, _row FROM changes WHERE field = {field}
        QUALIFY row_number() OVER (PARTITION BY lead_id ORDER BY changed, {order}) = 1 AND changed > created""",
    )
