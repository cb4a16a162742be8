"""CSV as spreadsheets write it: any separator, UTF-8 or UTF-16 with or without a mark, or Windows' own letters."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from features.errors import DataError
from models.card.sheet.cells import Grid, Line, Workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
#: Lines by which the separator is chosen.
_LOOKED_AT = 60
_LONGEST_CELL = 100_000


def read_csv(path: Path, content: bytes, score: Callable[[Grid], int]) -> Workbook:
    """Read a text file into one grid, with the separator under which ``score`` finds most.

    Raises
    ------
    DataError
        The bytes are no text, or a cell is longer than any card's.

    """
    text, note = decode(path, content)
    separator, text = _said_separator(text)
    if separator is None:
        beginning = "".join(text.splitlines(keepends=True)[:_LOOKED_AT])
        separator = max(SEPARATORS, key=lambda one: score(_grid(path, beginning, one, strict=False)))
    return Workbook((_grid(path, text, separator),), (note,) if note else ())


def decode(path: Path, content: bytes) -> tuple[str, str | None]:
    """Return a file's text, and a note where its letters had to be supposed.

    Raises
    ------
    DataError
        It is no text.

    """
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    encoding = next((name for mark, name in marks if content.startswith(mark)), None)
    marked = encoding is not None
    if encoding is None and b"\0" in content[:4000]:
        _refuse_stray_zero(path, content)
        zeros = content[:4000][1::2].count(0), content[:4000][::2].count(0)
        encoding = "utf-16-le" if zeros[0] >= zeros[1] else "utf-16-be"
    try:
        text, note = content.decode(encoding or "utf-8"), None
    except UnicodeDecodeError:
        if marked:
            raise DataError(
                f"{path}: is no text in {encoding}", hint="save the sheet as CSV UTF-8 or as .xlsx"
            ) from None
        text = content.decode("cp1252", errors="replace")
        note = "not UTF-8, so read as Windows-1252; look at letters with accents"
    if "\0" in text or (
        len(text) > 200 and sum(letter < " " and letter not in "\r\n\t" for letter in text[:4000]) > 40
    ):
        raise DataError(
            f"{path}: is neither text nor a workbook; expected CSV or .xlsx",
            hint="save the sheet as .xlsx or as CSV UTF-8",
        )
    return text, note


def _refuse_stray_zero(path: Path, content: bytes) -> None:
    """Refuse UTF-8 with a NUL byte in it: half of UTF-16's bytes are 0, and read as that it would be nonsense."""
    beginning = content[:4000]
    if beginning.count(0) * 10 >= len(beginning):
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    line = content[: content.index(0)].count(b"\n") + 1
    raise DataError(
        f"{path}: line {line}: holds a byte of value 0, which no text has",
        hint="delete what stands there, or save the sheet as CSV UTF-8 anew",
    )


def _said_separator(text: str) -> tuple[str | None, str]:
    """Return the separator that Excel's own first line ``sep=;`` names; the line stays, blank, to be counted."""
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    if said.startswith("sep=") and len(said) == 5:
        return said[-1], "\n" + rest
    return None, text


def _grid(path: Path, text: str, separator: str, *, strict: bool = True) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines, began = [], 1
    previous = csv.field_size_limit(_LONGEST_CELL)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(began, tuple(cell or None for cell in cells)))
            began = reader.line_num + 1
    except csv.Error as error:
        if strict:
            raise DataError(
                f"{path}: line {began}: cannot be read as CSV: {error}",
                hint="a quotation mark may be open; save the sheet as .xlsx or as CSV anew",
            ) from error
    finally:
        csv.field_size_limit(previous)
    return Grid(None, tuple(lines), "," if separator == ";" else None)
