"""Spreadsheets as teams keep them, written by the tests themselves."""

from __future__ import annotations

import io
import zipfile

import openpyxl

GIVEN = {
    "name": "team",
    "agreed by": ["Ann", "Bob"],
    "agreed on": "2025-03-03",
    "grade A": 60,
    "grade B": 40,
    "grade C": 20,
    "qualified": 40,
}


def workbook(path, **sheets):
    """Write sheets of rows as .xlsx; a sheet's own name has blanks for underscores."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def text_file(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def rewritten(path, change):
    """Change the parts of a zip file: ``change`` takes name and content and gives the new content."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts[name] = change(name, archive.read(name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(out.getvalue())
    return path


def keys(reading):
    """Return axis and keys of every rule that was read, in order."""
    return [
        (found.axis, found.rule.model_dump(by_alias=True, exclude_defaults=True, mode="json"))
        for found in reading.found
    ]
