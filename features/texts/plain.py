"""One plain form of a text, the same for every case, accent and width that people type it in."""

from __future__ import annotations

import unicodedata

#: A title or band is short; of an essay pasted into the field only this many characters are read.
LONGEST = 400

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def plain(text: str) -> str:
    """Return the text without case, accents and compatibility forms, blanks made one, ends trimmed.

    >>> plain("  GESCHÄFTSFÜHRER "), plain("Ｄirector\u00a0 Général")
    ('geschaftsfuhrer', 'director general')

    Upper case comes first because a few letters meet only there: "ß", "SS" and "ẞ", or "ı" and "I".
    """
    if text.isascii():
        return " ".join(text.casefold().split())[:LONGEST].rstrip()
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().casefold())
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())[:LONGEST].rstrip()


def spellings(phrase: str) -> tuple[str, ...]:
    """Return the plain forms of a lexicon's phrase: a word with an umlaut is also written with ``ae, oe, ue``.

    >>> spellings("Einkäufer")
    ('einkaufer', 'einkaeufer')
    """
    return tuple(dict.fromkeys((plain(phrase), plain(phrase.translate(_UMLAUTS)))))
