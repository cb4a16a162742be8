"""Reading a sheet as a team keeps it: titles above, sections, totals, settings among the rules, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.card.sheet.faults import Fault, Note, Place, UnreadableError
from models.card.sheet.foreign_row import RowError, read_row
from models.card.sheet.foreign_setting import setting_of
from models.card.sheet.headings import Headings, heading_score, read_headings
from models.card.sheet.phrases import plain
from models.card.sheet.reading import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.card.sheet.cells import Grid, Line
    from models.card.sheet.phrases import Phrases
    from models.card.sheet.reading import Reading

_HEADINGS_WANTED = (
    "a row of headings with a column of points (Points, Score, Weight, Punkte) and one that says what for "
    "(Criterion, Rule, Condition, Attribute)"
)


@dataclass
class _State:
    """Where in a sheet we are: the present table, and the words that stand above its rows."""

    headings: Headings | None = None
    section: str = ""
    category: str = ""


def read_foreign(grids: Sequence[Grid], phrases: Phrases, into: Reading) -> None:
    """Add the rules and settings of all sheets; what cannot be read becomes a fault, what is left out a note."""
    if not any(heading_score(grid, phrases) for grid in grids):
        first = next((grid for grid in grids if grid.lines), None)
        seen = "" if first is None else " | ".join(first.lines[0].filled.values())
        place = Place() if first is None else first.place(first.lines[0])
        into.other_faults.append(Fault(place, seen, _HEADINGS_WANTED))
        return
    for grid in grids:
        state = _State(section=grid.name or "")
        before: list[Note] = []
        for line in grid.lines:
            _read_line(grid, line, state, phrases, into, before)
        if state.headings is not None:
            into.notes += before
        elif grid.lines and not _has_settings(grid, phrases):
            into.notes.append(Note(Place(grid.name), "has no column of points and was not read"))
        elif before:
            into.notes += before


def table_score(grid: Grid, phrases: Phrases) -> int:
    """Return how much of a table a grid holds, to choose between readings of the same text."""
    widest = max((len(line.filled) for line in grid.lines), default=0)
    return 10 * heading_score(grid, phrases) + min(widest, 9)


def _read_line(grid: Grid, line: Line, state: _State, phrases: Phrases, into: Reading, before: list[Note]) -> None:
    headings = read_headings(line, phrases)
    if headings is not None:
        state.headings, state.category = headings, ""
        for position, text in headings.unread.items():
            into.notes.append(Note(grid.place(line, position), f"the column {text!r} is not read"))
        return
    filled = line.filled
    first = filled[min(filled)]
    setting = setting_of(filled, phrases, grid.decimal)
    if setting is not None:
        _put_setting(grid, line, setting, into)
    elif plain(first) in phrases.totals or plain(first).startswith(("total ", "sum of ", "gesamt")):
        into.notes.append(Note(grid.place(line), f"is a total, not a rule: {' | '.join(filled.values())}"))
    elif len(filled) == 1 and (state.headings is None or plain(first) in phrases.axes):
        state.section = first
        if state.headings is not None:
            into.notes.append(
                Note(grid.place(line), f"has no points, so it is a heading of what stands below: {first}")
            )
        else:
            before.append(Note(grid.place(line), f"is taken for a title: {first}"))
    elif state.headings is None:
        before.append(
            Note(grid.place(line), f"stands above any headings and was not read: {' | '.join(filled.values())}")
        )
    else:
        _put_rule(grid, line, state, phrases, into)


def _put_setting(grid: Grid, line: Line, setting: tuple[str, object, str | None], into: Reading) -> None:
    name, value, expected = setting
    seen = " | ".join(line.filled.values())
    if expected is not None:
        into.other_faults.append(Fault(grid.place(line), seen, expected))
    elif name in into.settings and into.settings[name] != value:
        into.other_faults.append(Fault(grid.place(line), seen, f"{name} once; {into.settings[name]} stood above"))
    else:
        into.settings[name] = value
        into.notes.append(Note(grid.place(line), f"{name} is {value}: {seen}"))


def _put_rule(grid: Grid, line: Line, state: _State, phrases: Phrases, into: Reading) -> None:
    headings = state.headings
    if headings is None:
        return
    # A merged cell, or one written once for the rows below it, leaves the cells below blank.
    state.category = line.text(headings.columns.get("axis")) or state.category
    seen = " | ".join(line.filled.values())
    try:
        row = read_row(line, headings, phrases, grid.decimal, (state.category, state.section))
    except RowError as error:
        fault: RowError | None = error
        while fault is not None:
            position = headings.columns.get(fault.column)
            said = line.text(position) if position is not None else seen
            place = grid.place(line, position, headings.heading(fault.column))
            into.unread.append(Fault(place, said, str(fault), seen))
            fault = fault.more
        return
    except UnreadableError as error:
        into.unread.append(Fault(grid.place(line), seen, str(error), seen))
        return
    into.notes += [Note(grid.place(line), text) for text in row.notes]
    into.notes += [
        Note(grid.place(line, position), f"stands under no heading and is not read: {text}")
        for position, text in line.filled.items()
        if position not in headings.texts
    ]
    if row.rule is not None:
        into.found.append(Found(row.axis, row.rule, grid.place(line), seen))


def _has_settings(grid: Grid, phrases: Phrases) -> bool:
    return any(setting_of(line.filled, phrases, grid.decimal) is not None for line in grid.lines)
