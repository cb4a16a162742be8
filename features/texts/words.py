"""A text as rows of plain words: a comma, slash or lone dash starts a new row."""

from __future__ import annotations

import re
from functools import cache

from features.texts.lexicons import lexicon
from features.texts.plain import plain

Words = tuple[str, ...]

# "(m/w/d)" and "H/F" say whom a job is for; "Leiter/in" and "Directeur(rice)" are one word in two forms.
_GENDER_MARK = re.compile(
    r"\(\s*[mwfdhxi](?:\s*[/|,.*:]\s*[mwfdhxi])+\s*\)|(?<!\w)(?:[mwf](?:/[mwfdx]){1,2}|h/f|f/h)(?!\w)"
)
_GENDER_ENDING = re.compile(
    r"(?<=\w)(?:\((?:in|innen|e|a|o|ne|rice|trice|ice|euse)\)|[/:*_·](?:in|innen|e|a|o|ne|rice|trice|ice|euse)(?!\w))"
)
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_]?(?!\w)")
_PIECES = re.compile(r"[^\W_]+|'s(?!\w)|[&+@]|\s[-‐‑‒–—―−]+\s|[,;/|()\[\]{}:•·<>=\"!?…~*]")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'"})


@cache
def _joins() -> frozenset[str]:
    return frozenset(plain(word) for word in lexicon("titles")["joins"])


def rows_of(text: str) -> list[Words]:
    """Return the rows of words in a text; every "and", "und", "et", "+" is "&".

    >>> rows_of("V.P. Sales and Marketing, R&D (m/w/d)")
    [('vp', 'sales', '&', 'marketing'), ('r', '&', 'd')]
    >>> rows_of("Director’s assistant"), rows_of("Leiter/in Einkauf"), rows_of(" - ")
    ([('director', "'s", 'assistant')], [('leiter', 'einkauf')], [])
    """
    text = plain(text.translate(_APOSTROPHES)).translate(_APOSTROPHES)
    text = _GENDER_ENDING.sub("", _GENDER_MARK.sub(" ", text))
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    rows: list[list[str]] = [[]]
    for piece in _PIECES.findall(text):
        if piece in _joins():
            rows[-1].append("&")
        elif piece[0].isalnum() or piece in {"'s", "@"}:
            rows[-1].append(piece)
        else:
            rows.append([])
    return [tuple(row) for row in rows if row]


def words_of(phrase: str) -> Words:
    """Return all the words of a phrase in one row, as a lexicon's phrases are compared."""
    return tuple(word for row in rows_of(phrase) for word in row)
