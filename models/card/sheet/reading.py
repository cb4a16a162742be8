"""What reading a sheet, or Mautic's points, gives: rules with their places, faults, notes, and the card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from features.errors import ConfigError
from models.card.card import AXES, PointCard
from models.card.card_yaml import card_yaml
from models.card.letters import hidden_letters, plain_name
from models.card.read import check_signature
from models.card.sheet.faults import Fault, Note, Place
from models.card.sheet.settings import nested, setting_at

if TYPE_CHECKING:
    from models.card.rule import Rule

#: Settings that every card needs, and the option that gives each where a file does not.
_NEEDED = {
    "name": ("a short name in small letters, as in b2b_points", "--name"),
    "agreed by": ("who agreed the card", "--by"),
    "agreed on": ("the day it was agreed, as in 2025-03-03", "--on"),
    "grade A": ("the least points of grades A, B and C", "--grades 60,40,20"),
    "qualified": ("from how many points on a lead goes to sales", "--qualified"),
}


@dataclass(frozen=True)
class Found:
    """One rule that was read: its axis, the rule, where it stood and what stood there."""

    axis: str
    rule: Rule
    place: Place
    seen: str


@dataclass
class Reading:
    """What was read of a file.

    ``settings`` are those of :data:`models.card.sheet.settings.SETTINGS` by name. ``unread`` are the faults of
    rows that may be rules: with them the card is not whole.
    """

    file: str
    found: list[Found] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    unread: list[Fault] = field(default_factory=list)
    other_faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        """Everything that stands between the file and a whole card, at once."""
        missing = [
            Fault(Place(), "", f"{wanted}: write a row '{name}' into the sheet, or give {option}")
            for name, (wanted, option) in _NEEDED.items()
            if name not in self.settings
        ]
        # A table that was not even found says nothing of what else it lacks.
        missing = missing if self.found or self.unread else []
        found = [*self.unread, *self.other_faults, *self._repeated(), *missing]
        if not self.found and not found:
            found = [Fault(Place(), "no rule", "at least one row with a rule and its points")]
        return found or self._card_faults()

    @property
    def card(self) -> PointCard | None:
        """The card, if the file has no fault."""
        return None if self.faults else self._build()

    def partly(self) -> PointCard | None:
        """Return the card of the rules that could be read, if all else is as it should be."""
        return self.without_unread().card

    def without_unread(self) -> Reading:
        """Return the reading as though the rows that could not be read were not there."""
        return Reading(self.file, self.found, self.settings, [], self.other_faults, self.notes)

    def yaml(self, *, partly: bool = False) -> str:
        """Return the card's file; with ``partly``, the rows that could not be read are comments at its top.

        Raises
        ------
        ConfigError
            There is no card: the message holds all faults.

        """
        card = self.partly() if partly else self.card
        if card is None:
            raise self.error(partly=partly)
        said = [f"From {self.file}."]
        if self.unread:
            said.append("Not read, so no part of this card:")
            said += [f"- {fault}" + (f" [{fault.row}]" if fault.row else "") for fault in self.unread]
        return card_yaml(card, "\n".join(" ".join(line.split()) for line in said))

    def error(self, *, partly: bool = False) -> ConfigError:
        """Return the error that holds all faults, each on a line."""
        faults = (self.without_unread() if partly else self).faults
        lines = [f"  {fault}" for fault in faults[:_MOST_SHOWN]]
        if len(faults) > _MOST_SHOWN:
            lines.append(f"  and {len(faults) - _MOST_SHOWN:,} more")
        told = "1 thing" if len(faults) == 1 else f"{len(faults):,} things"
        rules = "1 rule" if len(self.found) == 1 else f"{len(self.found):,} rules"
        message = f"{self.file}: {told} cannot be read ({rules} can):\n" + "\n".join(lines)
        readable = self.unread and not partly
        hint = "docs/card_sheets.md says what can be read" + (
            "; --partly writes the rules that can be read, and the other rows as comments" if readable else ""
        )
        return ConfigError(message, hint=hint)

    def _repeated(self) -> list[Fault]:
        first: dict[str, Place] = {}
        faults = []
        for found in self.found:
            name, plain = found.rule.name, plain_name(found.rule.name)
            if plain in first:
                wanted = f"a name of its own; {first[plain]} has the same"
                faults.append(Fault(found.place, name, wanted))
            first.setdefault(plain, found.place)
        return faults

    def _content(self) -> dict[str, Any]:
        content = {"version": 2, **nested(self.settings)}
        for axis in AXES:
            rules = [
                found.rule.model_dump(by_alias=True, exclude_defaults=True)
                for found in self.found
                if found.axis == axis
            ]
            if rules:
                content[axis] = {**content.get(axis, {}), "rules": rules}
        return content

    def _place_of(self, path: tuple[str | int, ...]) -> Place:
        """Return where the rule at a path of the card stood; of what is no rule, the card's key."""
        if len(path) > 2 and path[0] in AXES:
            return [found for found in self.found if found.axis == path[0]][int(path[2])].place
        return Place(thing=f"the card's {path[0]}")

    def _build(self) -> PointCard:
        return PointCard.model_validate(self._content())

    def _card_faults(self) -> list[Fault]:
        try:
            card = self._build()
            check_signature(card, self.file)
            hidden = hidden_letters(card.model_dump(by_alias=True))
            faults = [Fault(self._place_of(path), ".".join(map(str, path)), f"no {said}") for path, said in hidden]
            if faults:
                return faults
        except ValidationError as error:
            return [_card_fault(fault) for fault in error.errors(include_url=False)]
        except ConfigError as error:
            return [Fault(Place(), "a signature for other rules", f"what was signed. {error.hint}")]
        return []


_MOST_SHOWN = 60


def _card_fault(fault: Any) -> Fault:  # noqa: ANN401 - pydantic's own dictionary
    """Return pydantic's fault in our words: the card's key, what stands there, what was expected."""
    seen, said = fault["input"], fault["msg"].removeprefix("Value error, ")
    key = setting_at(fault["loc"]) if not isinstance(seen, dict) else ".".join(map(str, fault["loc"]))
    told = ", ".join(map(str, seen.values())) if isinstance(seen, dict) else str(seen)
    return Fault(
        Place(thing=f"the card's {key}" if key else "the card"),
        told[:200],
        f"otherwise: {said[0].lower()}{said[1:]}",
    )
