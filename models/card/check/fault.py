"""One thing that is wrong with a card, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning"]
#: Keys and places in lists that lead to a value: ("fit", "rules", 3, "points").
Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """What is wrong at a path of the card, before its line is known; ``on_key`` points at the key itself."""

    path: Path
    what: str
    hint: str | None = None
    severity: Severity = "error"
    on_key: bool = False


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a card: an error that keeps it from being used, or a warning.

    ``line`` and ``column`` count from 1; ``hint`` says what to do.
    """

    line: int
    column: int
    severity: Severity
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        said = f"line {self.line}, column {self.column}: {self.severity}: {self.what}"
        return said if self.hint is None else f"{said}\n    {self.hint}"


def errors_in(faults: Iterable[Fault]) -> list[Fault]:
    """Return those faults that keep a card from being used."""
    return [fault for fault in faults if fault.severity == "error"]
