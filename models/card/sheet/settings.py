"""All of a card that is no rule (who agreed, grades, caps, the signature) as rows of setting and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.card.sheet.faults import UnreadableError
from models.card.sheet.guard import read_text, read_texts, text_cell, texts_cell
from models.card.sheet.own_rules import unsigned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.card.card import PointCard

#: The columns of the second part of our own sheet.
COLUMNS = ("setting", "value")

_TEXT, _TEXTS, _NUMBER = "a text", "texts with ; between them", "a whole number, as in 40"

#: Each setting: where the card keeps it, and what it is.
SETTINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "version": (("version",), _NUMBER),
    "name": (("name",), _TEXT),
    "title": (("title",), _TEXT),
    "agreed by": (("agreed", "by"), _TEXTS),
    "agreed on": (("agreed", "on"), _TEXT),
    "valid from": (("agreed", "valid_from"), _TEXT),
    "replaces": (("agreed", "replaces"), _TEXT),
    "agreement note": (("agreed", "note"), _TEXT),
    "fit cap": (("fit", "cap"), _NUMBER),
    "engagement cap": (("engagement", "cap"), _NUMBER),
    "cap": (("cap",), _NUMBER),
    **{f"grade {letter}": (("grades", letter), _NUMBER) for letter in "ABC"},
    "qualified": (("qualified",), _NUMBER),
    **{f"grid fit {letter}": (("grid", "fit", letter), _NUMBER) for letter in "ABC"},
    **{f"grid engagement {number}": (("grid", "engagement", number), _NUMBER) for number in "123"},
    **{f"action {letter}": (("actions", letter), _TEXT) for letter in "ABCD"},
    "signed by": (("signed", "by"), _TEXTS),
    "signed on": (("signed", "on"), _TEXT),
    "signed digest": (("signed", "digest"), _TEXT),
}


def setting_rows(card: PointCard) -> list[tuple[str, str | int]]:
    """Return the settings that a card has, in the order of :data:`SETTINGS`."""
    content = card.model_dump(mode="json", by_alias=True)
    rows: list[tuple[str, str | int]] = []
    for name, (path, kind) in SETTINGS.items():
        value = _at(content, path)
        if value is not None:
            cell = value if kind == _NUMBER else (texts_cell(value) if kind == _TEXTS else text_cell(value))
            rows.append((name, cell))
    return rows


def read_setting(name: str, cell: str) -> Any:  # noqa: ANN401 - a number, a text, or texts
    """Return the value of one setting from its cell.

    Raises
    ------
    UnreadableError
        The cell holds no such value.

    """
    _, kind = SETTINGS[name]
    if kind == _TEXTS:
        return read_texts(cell)
    if kind == _TEXT:
        return read_text(cell)
    try:
        return int(unsigned(cell))
    except ValueError:
        raise UnreadableError(_NUMBER) from None


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by name as the nested content of a card's file."""
    content: dict[str, Any] = {}
    for name, value in settings.items():
        *above, last = SETTINGS[name][0]
        block = content
        for key in above:
            block = block.setdefault(key, {})
        block[last] = value
    return content


def setting_at(location: tuple[int | str, ...]) -> str | None:
    """Return the name of the setting that the card keeps at a place, None for rules."""
    path = tuple(str(part) for part in location)
    exact = next((name for name, (where, _) in SETTINGS.items() if where == path[: len(where)]), None)
    return exact or next(
        (name for name, (where, _) in SETTINGS.items() if path and where[: len(path)] == path), None
    )


def _at(content: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    for key in path:
        if content is None:
            return None
        content = content.get(key)
    return content
