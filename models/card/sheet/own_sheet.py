"""Reading our own sheet: both parts, whatever the order of rows, columns and sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.card.card import AXES
from models.card.sheet import own_rules, settings
from models.card.sheet.faults import Fault, Note, UnreadableError
from models.card.sheet.own_rules import CellError
from models.card.sheet.reading import Found

if TYPE_CHECKING:
    from models.card.sheet.cells import Grid, Line
    from models.card.sheet.reading import Reading

#: Columns without which a heading row is not ours.
_OURS = {"axis", "rule", "about", "name", "test", "points"}


def is_own(grid: Grid) -> bool:
    """Tell whether a grid holds our rules."""
    return any(_columns(line).keys() >= _OURS for line in grid.lines)


def is_settings(line: Line) -> bool:
    """Tell whether a row is the heading of the second part."""
    return tuple(line.filled.values()) == settings.COLUMNS


def read_own(grid: Grid, into: Reading) -> None:
    """Add the rules and settings of one grid; what cannot be read becomes a fault."""
    columns: dict[str, int] | None = None
    in_settings, headings = False, set[int]()
    for line in grid.lines:
        if is_settings(line):
            in_settings, columns = True, None
        elif _columns(line).keys() >= _OURS:
            in_settings, columns = False, _columns(line)
            into.notes += [
                Note(grid.place(line, position), f"the column {text!r} is not read")
                for position, text in line.filled.items()
                if position not in columns.values()
            ]
            headings = set(line.filled)
        elif in_settings:
            read_setting_row(grid, line, into)
        elif columns is not None:
            _read_rule_row(grid, line, columns, into)
            into.notes += [
                Note(grid.place(line, position), f"stands under no heading and is not read: {text}")
                for position, text in line.filled.items()
                if position not in headings
            ]
        else:
            into.other_faults.append(
                Fault(
                    grid.place(line),
                    _row_text(line),
                    "rows only below a row of headings: " + ", ".join(own_rules.COLUMNS),
                )
            )


def read_setting_row(grid: Grid, line: Line, into: Reading) -> None:
    """Add one row of setting and value."""
    filled = line.filled
    position = min(filled)
    name, value = filled[position].lower(), line.text(position + 1)
    name = next((known for known in settings.SETTINGS if known.lower() == name), name)
    if name not in settings.SETTINGS:
        known = ", ".join(settings.SETTINGS)
        into.other_faults.append(Fault(grid.place(line, position, "setting"), filled[position], f"one of {known}"))
        return
    if name in into.settings:
        into.other_faults.append(Fault(grid.place(line, position, "setting"), name, "each setting once"))
        return
    if not value:
        return
    try:
        into.settings[name] = settings.read_setting(name, value)
    except UnreadableError as error:
        into.other_faults.append(Fault(grid.place(line, position + 1, "value"), value, str(error)))


def _read_rule_row(grid: Grid, line: Line, columns: dict[str, int], into: Reading) -> None:
    cells = {name: line.text(columns.get(name)) for name in own_rules.COLUMNS}
    if cells["axis"].lower() not in AXES:
        place = grid.place(line, columns["axis"], "axis")
        into.unread.append(Fault(place, cells["axis"], "fit or engagement", _row_text(line)))
        return
    try:
        rule = own_rules.read_rule(cells)
    except CellError as error:
        place = grid.place(line, columns.get(error.column), error.column)
        into.unread.append(Fault(place, cells[error.column], str(error), _row_text(line)))
    except UnreadableError as error:
        into.unread.append(Fault(grid.place(line), cells["rule"], str(error), _row_text(line)))
    else:
        into.found.append(Found(cells["axis"].lower(), rule, grid.place(line), cells["note"]))


def _columns(line: Line) -> dict[str, int]:
    """Return the positions of our columns in a row of headings; the first of a name counts."""
    found: dict[str, int] = {}
    for position, text in line.filled.items():
        if text.lower() in own_rules.COLUMNS:
            found.setdefault(text.lower(), position)
    return found


def _row_text(line: Line) -> str:
    return " | ".join(line.filled.values())
