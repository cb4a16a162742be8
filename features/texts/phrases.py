"""Phrases with a meaning, found in rows of words: the longest at each place wins.

A lexicon writes ``vice president`` (these words in a row), ``leiter(in)`` (with or without the ending),
``*leiter`` (the end of a compound: Vertriebsleiter) and ``einkauf*`` (its beginning: Einkaufsleiter).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from features.texts.plain import spellings
from features.texts.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from features.texts.words import Words

Meaning = TypeVar("Meaning")

_OPTIONAL = re.compile(r"\((\w+)\)")
#: A compound is longer than its known end or beginning by at least this much: "*ist" is not in "list".
_REST = 2


class Found(NamedTuple, Generic[Meaning]):
    """A phrase found in a row: the meaning, and the words from ``start`` up to ``end``."""

    meaning: Meaning
    start: int
    end: int


class Phrases(Generic[Meaning]):
    """All phrases of one lexicon with their meanings; the first mention of a phrase stands."""

    def __init__(self, groups: Mapping[Meaning, Sequence[str]]) -> None:
        self._by_first: dict[str, list[tuple[Words, Meaning]]] = {}
        self._ends: dict[str, Meaning] = {}
        self._beginnings: dict[str, Meaning] = {}
        self._compounds: dict[str, Meaning | None] = {}
        for meaning, phrases in groups.items():
            for phrase in phrases:
                self._add(str(phrase), meaning)
        self._longest = max(map(len, (*self._ends, *self._beginnings)), default=0)
        for choices in self._by_first.values():
            choices.sort(key=lambda choice: -len(choice[0]))

    def find(self, row: Words) -> list[Found[Meaning]]:
        """Return what is found in a row of words, left to right, without overlaps."""
        found: list[Found[Meaning]] = []
        free = 0
        for position, word in enumerate(row):
            if position >= free and self._starts_with(word):
                hit = self._at(row, position)
                if hit is not None:
                    found.append(hit)
                    free = hit.end
        return found

    def _starts_with(self, word: str) -> bool:
        return word in self._by_first or self._compound(word) is not None

    def _at(self, row: Words, start: int) -> Found[Meaning] | None:
        for words, meaning in self._by_first.get(row[start], ()):
            end = start + len(words)
            if row[start:end] == words:
                return Found(meaning, start, end)
        meaning_of_compound = self._compound(row[start])
        return None if meaning_of_compound is None else Found(meaning_of_compound, start, start + 1)

    def _compound(self, word: str) -> Meaning | None:
        if not self._ends and not self._beginnings:
            return None
        if word not in self._compounds:
            if len(self._compounds) > 100_000:  # a bound on memory; what is dropped is worked out again
                self._compounds.clear()
            self._compounds[word] = self._work_out(word)
        return self._compounds[word]

    def _work_out(self, word: str) -> Meaning | None:
        """Return the meaning of the longest known end, else beginning, that leaves enough of the word."""
        for cut in range(max(_REST, len(word) - self._longest), len(word)):
            if word[cut:] in self._ends:
                return self._ends[word[cut:]]
        for cut in range(min(len(word), self._longest), 2, -1):
            if word[:cut] in self._beginnings:
                return self._beginnings[word[:cut]]
        return None

    def _add(self, phrase: str, meaning: Meaning) -> None:
        for form in _forms(phrase):
            for spelled in spellings(form.strip("*")):
                if form.startswith("*"):
                    self._ends.setdefault(spelled, meaning)
                elif form.endswith("*"):
                    self._beginnings.setdefault(spelled, meaning)
                else:
                    words = words_of(spelled)
                    choices = self._by_first.setdefault(words[0], [])
                    if all(words != known for known, _ in choices):
                        choices.append((words, meaning))


def _forms(phrase: str) -> Iterator[str]:
    """Give a phrase without and with its optional endings."""
    yield _OPTIONAL.sub("", phrase)
    if _OPTIONAL.search(phrase):
        yield _OPTIONAL.sub(r"\1", phrase)
