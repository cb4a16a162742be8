"""Finding the row of headings in a team's sheet, and what each column holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.card.sheet.phrases import plain

if TYPE_CHECKING:
    from models.card.sheet.cells import Grid, Line
    from models.card.sheet.phrases import Phrases

#: Columns that say what a rule is about; a table needs one of them beside the points.
_SAYING = {"rule", "condition", "subject"}


@dataclass(frozen=True)
class Headings:
    """The columns of one table: the position of each thing that is read, and every heading as it stands."""

    columns: dict[str, int]
    texts: dict[int, str]

    def heading(self, name: str) -> str:
        """Return the heading of a column as it stands in the sheet."""
        return self.texts.get(self.columns.get(name, -1), name)

    @property
    def unread(self) -> dict[int, str]:
        """Headings of columns that mean nothing to us."""
        return {position: text for position, text in self.texts.items() if position not in self.columns.values()}


def read_headings(line: Line, phrases: Phrases) -> Headings | None:
    """Return the columns, if a row is one of headings: points, and something that says what for."""
    columns: dict[str, int] = {}
    for position, text in line.filled.items():
        name = phrases.headings.get(plain(text))
        if name is not None:
            columns.setdefault(name, position)
    if "points" not in columns or not _SAYING & columns.keys():
        return _subject_in_axis(columns, line)
    return Headings(columns, line.filled)


def _subject_in_axis(columns: dict[str, int], line: Line) -> Headings | None:
    """Take "Category | Points" for a table whose first column names the rules."""
    if columns.keys() >= {"points", "axis"} and len(line.filled) == len(columns):
        moved = {("rule" if name == "axis" else name): position for name, position in columns.items()}
        return Headings(moved, line.filled)
    return None


def heading_score(grid: Grid, phrases: Phrases) -> int:
    """Return how many columns of the grid's best row of headings are known; 0 where there is no table."""
    found = (read_headings(line, phrases) for line in grid.lines)
    return max((len(headings.columns) for headings in found if headings is not None), default=0)
