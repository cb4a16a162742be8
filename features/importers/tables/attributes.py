"""Attributes of a mapped source: columns turned into versions, each known from a moment on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import snake_case, text, texts
from features.importers.tables.files import column

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.tables.blocks import AttributeColumn, AttributesBlock
    from features.importers.tables.files import OpenedFile


def stage_attributes(
    staging: Staging, block: AttributesBlock, file: OpenedFile, leads_file: str
) -> tuple[str, ...]:
    """Stage one block of attributes; return the names of those that are only known as of the export."""
    origin = _with_entity(block, file, leads_file)
    for name, given in block.columns.items():
        staging.stage("attributes", _versions(block, name, given, origin))
    if block.at != "export":
        return ()
    return tuple(_name(name, given) for name, given in block.columns.items())


def _name(name: str, given: AttributeColumn) -> str:
    return given.name or snake_case(name)


def _with_entity(block: AttributesBlock, file: OpenedFile, leads_file: str) -> str:
    """Return FROM with the entity's id and its earliest moment beside each row ``f`` of the file."""
    if block.account is not None:
        own, book, key = f"blank_to_null(f.{column(block.account)})", "account_book", "account_id"
    elif file.name == leads_file:
        # By place, not by id: a second row with the same id was rejected, and its values with it.
        return f"""(SELECT f.*, b.lead_id AS _entity_id, b.created AS _created
            FROM {file.relation} f JOIN lead_book b ON b._position = f._position)"""
    else:
        own, book, key = f"blank_to_null(f.{column(block.lead or '')})", "lead_book", "lead_id"
    # An id without a lead keeps some time, so that what the reject complains of is the id.
    return f"""(SELECT f.*, {own} AS _entity_id, coalesce(b.created, '1970-01-01') AS _created
        FROM {file.relation} f LEFT JOIN {book} b ON b.{key} = {own}
        WHERE {own} IS NULL OR {own} NOT IN (SELECT lead_id FROM left_out))"""


def _versions(block: AttributesBlock, name: str, given: AttributeColumn, origin: str) -> str:
    cell = f"blank_to_null({column(name)})"
    blank = (*block.blank_values, *given.blank_values)
    value = f"CASE WHEN {cell} IN ({texts(blank)}) THEN NULL ELSE {cell} END" if blank else cell
    known_at = f"moment({column(block.known_at)})" if block.known_at else "_created"
    # Where there are versions, blank is one of them: the field was cleared. Alone it says nothing.
    condition = "true" if block.known_at else f"{value} IS NOT NULL"
    entity = "account" if block.account is not None else "lead"
    return f"""SELECT {text(entity)} AS entity, _entity_id AS entity_id, {text(_name(name, given))} AS name,
        {value} AS value, {known_at} AS known_at, _source, _row FROM {origin} WHERE {condition}"""
