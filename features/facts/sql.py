"""Names and texts as they stand in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def ident(name: str) -> str:
    """Quote a column or table name.

    >>> ident('Total "real" visits')
    '"Total ""real"" visits"'
    """
    return '"' + name.replace('"', '""') + '"'


def text(value: str | Path) -> str:
    """Quote a text value or the path of a file.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Iterable[str | Path]) -> str:
    """Quote several text values, for ``IN (...)`` or a list of files."""
    return ", ".join(text(value) for value in values)
