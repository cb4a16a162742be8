"""Reading a spreadsheet, our own or a team's, into a card or into everything that is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.card.sheet import own_sheet
from models.card.sheet.faults import Note, Place
from models.card.sheet.files import read_workbook
from models.card.sheet.foreign import read_foreign, table_score
from models.card.sheet.phrases import SHIPPED
from models.card.sheet.reading import Reading
from models.card.words import either

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from models.card.sheet.cells import Grid
    from models.card.sheet.phrases import Phrases


def read_sheet(path: Path, *, given: Mapping[str, Any] | None = None, phrases: Phrases = SHIPPED) -> Reading:
    """Read a card from .xlsx or CSV.

    ``given`` are settings by name (see :data:`models.card.sheet.settings.SETTINGS`) that stand over those of the
    file; ``phrases`` says what a team's headings, attributes and event kinds are called.

    Raises
    ------
    DataError
        The file is missing, damaged, protected or of another kind. What is wrong inside a table is no error but a
        fault of the reading, all of them at once.

    """
    book = read_workbook(path, lambda grid: _score(grid, phrases))
    reading = Reading(str(path))
    reading.notes += [Note(Place(), text) for text in book.notes]
    if any(own_sheet.is_own(grid) for grid in book.grids):
        for grid in book.grids:
            if own_sheet.is_own(grid) or any(own_sheet.is_settings(line) for line in grid.lines):
                own_sheet.read_own(grid, reading)
            else:
                reading.notes.append(
                    Note(Place(grid.name), "is no part of a card as we write it, and was not read")
                )
    else:
        read_foreign(book.grids, phrases, reading)
    sheets = list(dict.fromkeys(found.place.sheet for found in reading.found if found.place.sheet))
    if len(sheets) > 1:
        named = either([repr(name) for name in sheets], "and")
        reading.notes.append(Note(Place(), f"rules stand on {len(sheets)} sheets, {named}, and make one card"))
    reading.settings |= dict(given or {})
    return reading


def _score(grid: Grid, phrases: Phrases) -> int:
    return 1000 if own_sheet.is_own(grid) else table_score(grid, phrases)
