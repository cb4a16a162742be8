"""Writing a card as a spreadsheet that people can change and that reads back as the same card."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from models.card.sheet import own_rules, settings
from models.card.sheet.own_rules import rule_cells
from models.card.sheet.read import read_sheet
from models.card.sheet.settings import setting_rows

if TYPE_CHECKING:
    from pathlib import Path

    from models.card.card import PointCard

RULES_SHEET, CARD_SHEET = "Rules", "Card"
#: Widths of the columns of the rules, in letters.
_WIDTHS = {"rule": 28, "name": 22, "value": 40, "note": 60}


def write_sheet(card: PointCard, path: Path) -> None:
    """Write a card as .csv or .xlsx, whole or not at all; :func:`read_sheet` gives back an equal card.

    Texts that a spreadsheet program would take for a formula stand behind an apostrophe, which reading takes off.

    Raises
    ------
    ConfigError
        The name ends otherwise, the file cannot be written, or the card holds a text that such a file cannot keep.

    """
    ending = path.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        raise ConfigError(f"{path}: expected a name that ends in .csv or .xlsx")
    content = _csv(card) if ending == ".csv" else _xlsx(card, path)
    partial = path.with_name(f".{path.stem}.partial{ending}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        if read_sheet(partial).card != card:
            raise ConfigError(
                f"{path}: a text of the card holds letters that {ending} files do not keep (control characters)",
                hint="take them out of the card's texts, or keep the card as YAML",
            )
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def rule_rows(card: PointCard) -> list[list[str | int]]:
    """Return the rows of the first part, headings first."""
    rules = [(axis, rule) for axis, block in card.axes.items() for rule in block.rules]
    rows = [rule_cells(axis, rule) for axis, rule in rules]
    return [list(own_rules.COLUMNS), *([row[column] for column in own_rules.COLUMNS] for row in rows)]


def _csv(card: PointCard) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows(rule_rows(card))
    writer.writerow([])
    writer.writerow(settings.COLUMNS)
    writer.writerows(setting_rows(card))
    # With the mark, Excel reads UTF-8 as such.
    return out.getvalue().encode("utf-8-sig", errors="surrogatepass")


def _xlsx(card: PointCard, path: Path) -> bytes:
    import openpyxl  # noqa: PLC0415 - only who writes a workbook waits for it
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils.exceptions import IllegalCharacterError  # noqa: PLC0415

    book = openpyxl.Workbook()
    parts = (
        (RULES_SHEET, rule_rows(card)),
        (CARD_SHEET, [list(settings.COLUMNS), *map(list, setting_rows(card))]),
    )
    for title, rows in parts:
        sheet: Any = book.active if title == RULES_SHEET else book.create_sheet(title)
        sheet.title = title
        for row in rows:
            try:
                sheet.append(row)
            except IllegalCharacterError:
                raise ConfigError(
                    f"{path}: a text of the card holds control characters, which .xlsx cannot keep: {row!r:.80}",
                    hint="take them out of the card's texts, or write .csv",
                ) from None
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(str(cell.value), 14)
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
