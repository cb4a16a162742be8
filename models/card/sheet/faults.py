"""What could not be read in a sheet, with its place, and what was read in a way that deserves a look."""

from __future__ import annotations

from dataclasses import dataclass, field

#: A cell longer than this is shown by its beginning.
_SHOWN = 80


@dataclass(frozen=True)
class Place:
    """A cell or a row as its program names it: sheet (None for CSV), row from 1, column as in ``C (Points)``.

    ``thing`` names what is in no sheet, as in ``point action 7``.
    """

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    thing: str | None = None

    def __str__(self) -> str:
        named = [
            self.thing or "",
            f"sheet {self.sheet!r}" if self.sheet else "",
            f"row {self.row}" if self.row else "",
            f"column {self.column}" if self.column else "",
        ]
        return ", ".join(part for part in named if part) or "the file"


@dataclass(frozen=True)
class Fault:
    """One thing that cannot be read: where, what stands there, and what was expected; ``row`` is its whole row.

    >>> print(Fault(Place("Fit", 7, "D (Points)"), "lots", "a whole number, as in 20 or -10"))
    sheet 'Fit', row 7, column D (Points): seen 'lots'; expected a whole number, as in 20 or -10
    """

    place: Place
    seen: str
    expected: str
    row: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.place}: seen {shown(self.seen)}; expected {self.expected}"


@dataclass(frozen=True)
class Note:
    """One thing that was read, or left out, in a way that deserves a look."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class UnreadableError(Exception):
    """A cell does not say what it should; the message is what was expected."""


def shown(text: str) -> str:
    """Return a cell's text in quotes, cut where it is long.

    >>> shown("x" * 100)[-4:]
    "x..'"
    """
    if text == "":
        return "nothing"
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 2] + "..")
