"""A spreadsheet file of any kind into rows, told by what is in it and not by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError
from models.card.sheet.csv_file import read_csv
from models.card.sheet.xlsx_file import read_xlsx, refuse_ole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.card.sheet.cells import Grid, Workbook

LARGEST = 64_000_000
#: Rows with something in them; a card has some dozens.
MOST_ROWS = 20_000
WANTED = "a point card as a spreadsheet, .xlsx or CSV, one rule a row"


def read_workbook(path: Path, score: Callable[[Grid], int]) -> Workbook:
    """Read a file; ``score`` tells of a grid how much of a table was found in it (it chooses CSV's separator).

    Raises
    ------
    DataError
        The file is missing, too large, damaged, protected, or of another kind.

    """
    content = _content(path)
    if content.startswith(b"PK"):
        book = read_xlsx(path, content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        refuse_ole(path, content)
    else:
        _refuse_markup(path, content)
        book = read_csv(path, content, score)
    rows = sum(len(grid.lines) for grid in book.grids)
    if rows > MOST_ROWS:
        raise DataError(
            f"{path}: has {rows:,} rows that are not blank; a card has some dozens",
            hint="give the sheet with the points, not one with leads",
        )
    return book


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DataError(f"{path}: is a folder; expected {WANTED}")
        size = path.stat().st_size
        if size > LARGEST:
            raise DataError(
                f"{path}: has {size / 1e6:,.0f} MB; a card has some kilobytes",
                hint="copy the rows of the card into a new sheet, and give that",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError.missing_file(path, wanted=WANTED) from None
    except OSError as error:
        raise DataError.unreadable(path, error.strerror or str(error)) from error
    if not content.strip():
        raise DataError(f"{path}: is empty; expected {WANTED}")
    return content


def _refuse_markup(path: Path, content: bytes) -> None:
    beginning = content[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise DataError(
            f"{path}: is a web page or XML, whatever its name says; expected .xlsx or CSV",
            hint="open it in your spreadsheet program and save it as .xlsx",
        )
    if beginning.startswith(b"%pdf"):
        raise DataError(f"{path}: is a PDF; expected .xlsx or CSV")
    if path.suffix.lower() in {".yaml", ".yml"}:
        raise DataError(f"{path}: is YAML; expected .xlsx or CSV", hint="a card's own YAML needs no import")
    if beginning.startswith(b"{"):
        raise DataError(
            f"{path}: is JSON; expected .xlsx or CSV",
            hint="Mautic's points are read with --from mautic, a card's own YAML needs no import",
        )
