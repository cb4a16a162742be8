"""Letters that are not seen in a text and change what a reader sees: control characters, and what turns lines."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.check.fault import Path

#: Embeddings, overrides and isolates of direction: what stands after them reads backwards.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset({"Cc", "Zl", "Zp"})
#: The only key whose text may have lines and tabs.
_LONG_TEXT = "note"


def hidden_letter(text: str, *, lines: bool = False) -> str | None:
    """Return the first letter of a text that nobody sees, named for people; None without one.

    >>> hidden_letter("Boss"), hidden_letter("two" + chr(10) + "lines"), hidden_letter("a" + chr(0x202E))
    (None, 'a line break', 'U+202E, which turns the direction of writing')
    """
    for letter in text:
        if lines and letter in "\n\r\t":
            continue
        if letter in _TURNING:
            return f"U+{ord(letter):04X}, which turns the direction of writing"
        if unicodedata.category(letter) in _CONTROL:
            named = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
            return named.get(letter, f"the control character U+{ord(letter):04X}")
    return None


def hidden_letters(content: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the path of every text in a card's plain content that holds such a letter, and which."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from hidden_letters(value, (*path, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from hidden_letters(value, (*path, number))
    elif isinstance(content, str):
        found = hidden_letter(content, lines=bool(path) and path[-1] == _LONG_TEXT)
        if found is not None:
            yield path, found


def plain_name(name: str) -> str:
    """Return what is equal for names that people take for one: case and blanks do not count.

    >>> plain_name(" Big  Firm "), plain_name("big firm")
    ('big firm', 'big firm')
    """
    return " ".join(name.split()).casefold()
