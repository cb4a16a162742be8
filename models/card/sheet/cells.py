"""A spreadsheet as rows of plain values, whatever file it came from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from models.card.sheet.faults import Place

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None


@dataclass(frozen=True)
class Line:
    """One row that is not blank: its number in the file, from 1, and its cells."""

    number: int
    cells: tuple[Cell, ...]

    def text(self, position: int | None) -> str:
        """Return the text of a cell, blanks around it removed; nothing where there is no such cell."""
        return "" if position is None or position >= len(self.cells) else cell_text(self.cells[position]).strip()

    @property
    def filled(self) -> dict[int, str]:
        """The texts of the cells that are not blank, by position."""
        texts = {position: self.text(position) for position in range(len(self.cells))}
        return {position: text for position, text in texts.items() if text}


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook, or a CSV file (``name`` None); blank rows are left out.

    ``decimal`` is the mark that the file's country writes before decimals, where the file tells it.
    """

    name: str | None
    lines: tuple[Line, ...]
    decimal: str | None = None

    def place(self, line: Line, position: int | None = None, heading: str = "") -> Place:
        """Return the place of a row or of one of its cells."""
        column = None if position is None else column_letters(position) + (f" ({heading})" if heading else "")
        return Place(self.name, line.number, column)


@dataclass(frozen=True)
class Workbook:
    """All sheets of a file, and what was left out in reading it."""

    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()


def column_letters(position: int) -> str:
    """Return a column's name, position 0 being A.

    >>> column_letters(0), column_letters(25), column_letters(26), column_letters(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters = ""
    position += 1
    while position:
        position, place = divmod(position - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def cell_text(cell: Cell) -> str:
    """Return what a cell says: whole numbers without decimals, days without a time.

    >>> cell_text(20.0), cell_text(0.5), cell_text(dt.datetime(2025, 3, 3)), cell_text(None)
    ('20', '0.5', '2025-03-03', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)
