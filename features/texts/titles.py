"""A job title taken apart, before anybody asks it for a rank or a department.

"CTO/Co-Founder" has two parts. What follows "at" is a company and is left out; what follows "to" is somebody
else's rank ("Assistant to the CEO"); a part that starts with "former" is over.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from features.texts.lexicons import lexicon
from features.texts.phrases import Phrases
from features.texts.plain import plain
from features.texts.words import rows_of

if TYPE_CHECKING:
    from features.texts.words import Words


class Part(NamedTuple):
    """One part of a title: its words, and whether an assistant's (then no other rank in it counts)."""

    words: Words
    assistant: bool


@cache
def listed(key: str) -> frozenset[str]:
    """Return the plain words under one key of ``lexicon/titles.yaml``."""
    return frozenset(plain(word) for word in lexicon("titles")[key])


@cache
def _phrases(key: str) -> Phrases[bool]:
    return Phrases({True: lexicon("titles")[key]})


@cache
def _assistants() -> Phrases[bool]:
    content = lexicon("titles")
    return Phrases({True: content["assistants"], False: content["no_assistants"]})


@lru_cache(maxsize=4096)
def parts_of(title: str) -> tuple[Part, ...]:
    """Return the parts of a title; none where it says nothing, or is of somebody who has stopped working.

    >>> [part.words for part in parts_of("V.P. Sales at Acme, R&D")]
    [('vp', 'sales'), ('r', '&', 'd')]
    >>> parts_of("retired CEO"), [part.assistant for part in parts_of("Assistant to the CEO")]
    ((), [True])
    """
    rows = rows_of(title)
    if any(_phrases("gone").find(row) for row in rows):
        return ()
    kept = (_until_the_end(row) for row in rows)
    return tuple(_part(row) for row in kept if row)


def _until_the_end(row: Words) -> Words:
    """Return the words up to the company or to whom somebody reports."""
    if row[0] in listed("former"):
        return ()
    if listed("ends").isdisjoint(row):
        return row
    whole = {position for hit in _phrases("whole").find(row) for position in range(hit.start, hit.end)}
    for position, word in enumerate(row):
        if word in listed("ends") and position not in whole:
            return row[:position]
    return row


def _part(row: Words) -> Part:
    """Tell "Marketing Assistant" and "Assistente di Direzione" from "Assistant Director" by what comes after.

    Of an assistant director only the director is kept: "assistant" says nothing of department or rank there.
    """
    hits = [hit for hit in _assistants().find(row) if hit.meaning]
    if not hits:
        return Part(row, assistant=False)
    rest = row[hits[-1].end :]
    if rest and rest[0] not in listed("links") and _phrases("led_by").find(rest):
        return Part((*row[: hits[-1].start], *rest), assistant=False)
    return Part(row, assistant=True)
