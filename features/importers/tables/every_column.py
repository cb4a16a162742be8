"""``columns: "*"``: every column that the mapping names nowhere else becomes an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import MappingError
from features.importers.sql import snake_case
from features.importers.tables.blocks import AttributeColumn
from features.importers.tables.files import named_columns
from features.importers.tables.values import EVERY

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts.staging import Staging
    from features.importers.tables.blocks import AttributesBlock
    from features.importers.tables.files import OpenedFile
    from features.importers.tables.mapping import Mapping


def take_every_column(staging: Staging, path: Path, mapping: Mapping, opened: dict[str, OpenedFile]) -> Mapping:
    """Return the mapping with each ``"*"`` replaced by the columns that it stands for, in the header's order.

    They keep the header's spelling, and take its snake_case name, numbered where two columns share one or where
    another block's attribute of the same kind of entity has it.

    Raises
    ------
    MappingError
        Two blocks of one file have a ``"*"``: which of them would take the columns?

    """
    starred = [block for block in mapping.attributes if EVERY in block.columns]
    for number, block in enumerate(starred):
        if block.file in {other.file for other in starred[:number]}:
            message = f'{path}: attributes: two blocks of {block.file!r} have columns: "*"; expected at most one'
            raise MappingError(message)
    named = {(file, name.casefold()) for _, file, name in named_columns(mapping)}
    used = {
        (block.account is not None, given.name or snake_case(column))
        for block in mapping.attributes
        for column, given in block.columns.items()
        if column != EVERY
    }
    blocks = []
    for block in mapping.attributes:
        if block not in starred:
            blocks.append(block)
            continue
        file = opened[block.file]
        others = [name for name in file.columns if (file.name, name.casefold()) not in named]
        blocks.append(_expanded(block, others, used))
        taken = ", ".join(others) or "none is left"
        staging.note(f"Columns of {file.shown} taken because the mapping names them nowhere else: {taken}.")
    return mapping.model_copy(update={"attributes": tuple(blocks)})


def _expanded(block: AttributesBlock, others: list[str], used: set[tuple[bool, str]]) -> AttributesBlock:
    columns = {name: given for name, given in block.columns.items() if name != EVERY}
    blank = block.columns[EVERY].blank_values
    for column in others:
        name = _free_name(snake_case(column) or "unnamed", block.account is not None, used)
        columns[column] = AttributeColumn(name=name, blank_values=blank)
    return block.model_copy(update={"columns": columns})


def _free_name(name: str, of_account: bool, used: set[tuple[bool, str]]) -> str:
    found, number = name, 1
    while (of_account, found) in used:
        number += 1
        found = f"{name}_{number}"
    used.add((of_account, found))
    return found
