"""Rows of a team's sheet that are no rules but the card's own: grades, the threshold, caps, who agreed."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from models.card.sheet.faults import UnreadableError
from models.card.sheet.numbers import read_number, read_range
from models.card.sheet.phrases import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.card.sheet.phrases import Phrases

#: Settings that are no whole number, and what each is.
_TEXTS = {"name": "a short name", "title": "a title", "agreed by": "names", "agreed on": "a day, as in 2025-03-03"}
_INLINE = re.compile(r"(?P<name>[^:=≥>]+?)\s*(?::|=|>=|≥)\s*(?P<value>.+)")


def setting_of(
    filled: Mapping[int, str], phrases: Phrases, decimal: str | None
) -> tuple[str, object, str | None] | None:
    """Return a setting's name, its value, and what was expected where the value is none; None for other rows."""
    cells = [text for _, text in sorted(filled.items())]
    name = phrases.settings.get(plain(cells[0]))
    value = cells[1] if len(cells) == 2 else ""
    if len(cells) == 1:
        inline = _INLINE.fullmatch(cells[0])
        name = phrases.settings.get(plain(inline["name"])) if inline else None
        value = inline["value"] if inline else ""
    if (
        name is None
        or not value
        or (len(cells) == 2 and len(cells[0]) == 1 and not any(letter.isdigit() for letter in value))
    ):
        return None
    try:
        return name, _value(name, value, decimal), None
    except UnreadableError as error:
        return name, None, str(error)


def _value(name: str, text: str, decimal: str | None) -> object:
    if name == "agreed on":
        return _day(text)
    if name == "agreed by":
        return [part.strip() for part in re.split(r"[;,&]|\s(?:and|und)\s", text) if part.strip()]
    if name in _TEXTS:
        return text
    ends = read_range(re.sub(r"\s*(?:points?|pts?\.?|punkte?)\b", "", text, flags=re.IGNORECASE), decimal)
    low = (
        ends[0] if ends is not None else read_number(re.sub(r"\s*(?:points?|pts?\.?|punkte?)$", "", text), decimal)
    )
    if low is None or not low.is_integer():
        raise UnreadableError("a whole number of points, as in 60 or 60+")
    return int(low)


def _day(text: str) -> str:
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        day = dt.date(int(german[3]), int(german[2]), int(german[1])) if german else dt.date.fromisoformat(text)
    except ValueError:
        raise UnreadableError("a day, as in 2025-03-03 or 3.3.2025") from None
    return day.isoformat()
