"""A condition in plain words, as teams write it into a cell, into the keys of a rule: docs/card_sheets.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.card.sheet.attribute_words import attribute_condition
from models.card.sheet.behaviour_words import behaviour_condition
from models.card.sheet.faults import UnreadableError

if TYPE_CHECKING:
    from models.card.sheet.modifiers import Said
    from models.card.sheet.phrases import Phrases

EXPECTED = (
    "a condition such as 'Title contains VP or Director', 'Industry = Software', 'Employees 200-5,000', "
    "'Webinar attended (last 90 days), max 20' or 'Visited pricing page 3+ times'"
)
_NOT = re.compile(
    r"\b(?:not|never|without|nicht|kein\w*|doesn't|don't|isn't|hasn't)\b|!=|<>|≠|^\s*(?:no|inactive)\b",
    re.IGNORECASE,
)


@dataclass
class Condition:
    """What was read: the keys of a rule but for name and points, what was said beside it, and notes."""

    keys: dict[str, Any]
    said: Said | None = None
    notes: list[str] = field(default_factory=list)


def read_condition(text: str, phrases: Phrases, decimal: str | None = None) -> Condition:
    """Read a condition.

    Raises
    ------
    UnreadableError
        It is none that can be read; the message is what was expected.

    """
    plain = " ".join(text.split()).strip(" .;,")
    if not plain:
        raise UnreadableError(EXPECTED)
    found = attribute_condition(plain, phrases, decimal)
    if found is not None:
        keys, notes = found
        return Condition(keys, None, notes)
    behaviour = behaviour_condition(plain, phrases)
    if behaviour is not None:
        keys, said = behaviour
        return Condition(keys, said, said.notes)
    if _NOT.search(plain):
        raise UnreadableError(
            "what a lead is or did, since a rule cannot say 'not'; 'Phone is missing' and "
            "'last web visit more than 90 days ago' can be said"
        )
    raise UnreadableError(EXPECTED)
