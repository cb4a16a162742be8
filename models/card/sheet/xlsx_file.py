"""XLSX through openpyxl: values as last computed, no macros; what could hurt is refused before it is opened."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from features.errors import DataError
from models.card.sheet.cells import Grid, Line, Workbook
from models.card.sheet.xlsx_blank import without_blank_rows

if TYPE_CHECKING:
    from pathlib import Path

#: A workbook of more than this, unpacked, is no card; a zip of a few kilobytes can claim gigabytes.
LARGEST_UNPACKED = 300_000_000
MOST_PARTS = 5_000

_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^>]*>")
_NUMBER = re.compile(rb"\sr=[\"'](\d{1,9})[\"']")
_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)[\"']")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE = "save it as .xlsx or as CSV UTF-8, and give that"


def read_xlsx(path: Path, content: bytes) -> Workbook:
    """Read every visible sheet of a workbook.

    Raises
    ------
    DataError
        The file is damaged, is no workbook, or would unpack to more than any card.

    """
    _check_archive(path, content)
    import openpyxl  # noqa: PLC0415 - only who reads a workbook waits for it

    try:
        with warnings.catch_warnings():
            # Of parts that are not read anyway: pictures, validations, unknown extensions.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                io.BytesIO(without_blank_rows(content)), read_only=True, data_only=True, keep_links=False
            )
            grids = [_grid(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]
            rows = [
                f"sheet {grid.name!r}, row {line.number} is hidden, and is read all the same"
                for sheet, grid in zip(
                    (sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), grids, strict=True
                )
                for line in _hidden_lines(sheet, grid)
            ]
            hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    except MemoryError:
        raise DataError(f"{path}: is too large to be read", hint=_SAVE) from None
    except (
        Exception
    ) as error:  # openpyxl lets through whatever its parsers meet: KeyError, ParseError, ValueError, ...
        raise DataError.unreadable(
            path, f"the workbook is damaged ({type(error).__name__})", hint=_SAVE
        ) from error
    return Workbook(tuple(grids), (*(f"sheet {name!r} is hidden and was not read" for name in hidden), *rows))


def refuse_ole(path: Path, content: bytes) -> None:
    """Raise the error for a file in Microsoft's older container: a workbook with a password, or an old .xls."""
    if _ENCRYPTED in content:
        raise DataError(f"{path}: is protected by a password", hint="save it without a password, and give that")
    raise DataError(f"{path}: is an old .xls workbook; expected .xlsx or CSV", hint=_SAVE)


def _check_archive(path: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DataError.unreadable(path, f"the workbook is damaged ({error})", hint=_SAVE) from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise DataError(f"{path}: is a zip file but no Excel workbook; expected .xlsx or CSV", hint=_SAVE)
    if any(part.flag_bits & 1 for part in parts):
        raise DataError(f"{path}: is protected by a password", hint="save it without a password, and give that")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        raise DataError(
            f"{path}: would unpack to {unpacked / 1e6:,.0f} MB in {len(parts):,} parts; a card has some rows",
            hint="copy the rows of the card into a new workbook, and give that",
        )


def _hidden_lines(sheet: Any, grid: Grid) -> list[Line]:  # noqa: ANN401 - openpyxl ships no types
    """Return the filled rows that the sheet does not show; a reader that goes row by row is not told of them."""
    numbers, number = set(), 0
    for row in _ROW.finditer(sheet.parent._archive.read(sheet._worksheet_path)):
        said = _NUMBER.search(row[0])
        number = int(said[1]) if said else number + 1
        if _HIDDEN.search(row[0]):
            numbers.add(number)
    return [line for line in grid.lines if line.number in numbers]


def _grid(sheet: Any) -> Grid:  # noqa: ANN401 - openpyxl ships no types
    # The stated extent is often wrong, and a million blank rows are stated as readily as ten.
    sheet.reset_dimensions()
    lines = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        # Styled and empty: the usual row below a table.
        if any(cell is not None for cell in cells):
            line = Line(number, tuple(cells))
            if line.filled:
                lines.append(line)
    return Grid(sheet.title, tuple(lines))
