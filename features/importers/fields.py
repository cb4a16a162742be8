"""Which fields of a lead become attributes: the fields taken, refused and left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.facts.staging import Staging


@dataclass(frozen=True)
class LeadField:
    """A field, the attribute it becomes, and the SQL that makes the one of the other (``{}`` is the field)."""

    field: str
    name: str
    value: str = "blank_to_null({})"


@dataclass(frozen=True)
class Choice:
    """The fields taken, those refused (by reason), and those left for the user to name."""

    taken: tuple[LeadField, ...]
    refused: dict[str, list[str]]
    left: tuple[str, ...]

    @classmethod
    def of(
        cls,
        columns: Iterable[str],
        taken: Iterable[LeadField],
        refused: Mapping[str, str],
        used: Iterable[str],
    ) -> Choice:
        """Sort columns; ``refused`` gives reasons by name, ``used`` is what the import needs itself; any case."""
        fields = tuple(taken)
        reasons = {name.casefold(): reason for name, reason in refused.items()}
        gone = {*reasons, *(each.field.casefold() for each in fields), *(name.casefold() for name in used)}
        by_reason: dict[str, list[str]] = {}
        left = []
        for column in columns:
            key = column.casefold()
            if key in reasons:
                by_reason.setdefault(reasons[key], []).append(column)
            elif key not in gone:
                left.append(column)
        return cls(fields, by_reason, tuple(left))

    def note(self, staging: Staging, what: str) -> None:
        """Note the fields of ``what`` that were refused or left."""
        if self.refused:
            reasons = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in self.refused.items())
            staging.note(f"Refused fields of {what}: {reasons}.")
        if self.left:
            left = ", ".join(self.left)
            staging.note(f"Fields of {what} not taken; name them with --take if they help: {left}.")
