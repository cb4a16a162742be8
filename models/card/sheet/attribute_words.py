"""Plain words on what a lead or its account is: "Title contains VP or Director", "Employees 200-5,000"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from features.language.naming import identifier
from models.card.sheet.faults import UnreadableError
from models.card.sheet.numbers import NUMBER, read_range
from models.card.sheet.phrases import key

if TYPE_CHECKING:
    from models.card.sheet.phrases import Phrases

#: Attributes of which a range is meant as numbers, whatever joins name and range.
_NUMBERS = {"employees", "revenue"}
_CONTAINS = (
    r"(?P<s>.+?)\s+(?:contains|includes|containing|enthält)"
    r"(?:\s+(?:any of|one of|either|eines von))?\s*:?\s+(?P<v>.+)"
)
_ONE_OF = r"(?P<s>.+?)\s+(?:is one of|is any of|equals|equal to|gleich)\s*:?\s+(?P<v>.+)"
_SIGN = r"(?P<s>[^=<>≥≤!≠:]+?)\s*={1,2}\s*(?P<v>[^=<>].*)"
_IS = r"(?P<s>.+?)(?:\s*:\s*|\s+(?:is in|is|in|are|ist|sind)\s+)(?P<v>.+)"
_MISSING = (
    r"(?P<s>.+?)\s+(?:is\s+|ist\s+|=\s*)?"
    r"(?:missing|unknown|empty|blank|not (?:known|given|provided|filled(?: in)?)|unbekannt|leer|fehlt)"
)
_NO = r"(?:no|missing|unknown|kein|keine|ohne)\s+(?P<s>.+)"
_COMPARED = rf"(?P<s>.+?)\s*(?P<v>(?:>=|=>|≥|<=|=<|≤|>|<)\s*{NUMBER})"
#: A subject of more words than this is a sentence, not a name.
_MOST_WORDS = 5
_OR = re.compile(r"\s*(?:;|\||,(?!\d{3}(?!\d))|\s/\s|\s(?:or|oder)\s)\s*(?:(?:or|oder)\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s(?:and|und)\s|\s&&\s", re.IGNORECASE)
_HOLD = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]")


def attribute_condition(
    text: str, phrases: Phrases, decimal: str | None
) -> tuple[dict[str, Any], list[str]] | None:
    """Return the keys of a rule on an attribute and notes, or None where the text says nothing of one.

    Raises
    ------
    UnreadableError
        It speaks of an attribute, but of what a rule cannot say.

    """
    masked, held = _mask(text)
    for read in (_read_missing, _read_contains, _read_range_of, _read_equals):
        found = read(masked, held, phrases, decimal)
        if found is not None:
            return found
    return None


Found = tuple[dict[str, Any], list[str]] | None


def _read_missing(text: str, held: list[str], phrases: Phrases, _: str | None) -> Found:
    match = _match(_MISSING, text)
    if match is not None and (named := _named(match["s"], phrases, held, free=True)):
        return {"attribute": named[0], "missing": True}, named[1]
    match = _match(_NO, text)
    if match is not None and (named := _named(match["s"], phrases, held, free=False)):
        return {"attribute": named[0], "missing": True}, []
    return None


def _read_contains(text: str, held: list[str], phrases: Phrases, _: str | None) -> Found:
    match = _match(_CONTAINS, text)
    named = None if match is None else _named(match["s"], phrases, held, free=True)
    if match is None or named is None:
        return None
    return {"attribute": named[0], "contains": _texts(match["v"], held, slash=True)}, named[1]


def _read_range_of(text: str, held: list[str], phrases: Phrases, decimal: str | None) -> Found:
    """Read a name with a range behind it, or a range with its unit behind it: 200+ employees."""
    match = _match(_COMPARED, text)
    if match is not None and (named := _named(match["s"], phrases, held, free=True)):
        ends = read_range(match["v"], decimal)
        return None if ends is None else _between(named[0], ends, named[1])
    words = text.split(" ")
    for cut in range(1, len(words)):
        before, after = " ".join(words[:cut]).rstrip(":="), " ".join(words[cut:]).lstrip("=: ")
        for name, said in ((before, after), (after, before)):
            attribute = phrases.attributes.get(key(name.removesuffix(" is").rstrip(":= ")))
            ends = read_range(said, decimal) if attribute else None
            if attribute and ends is not None:
                return _between(attribute, ends, [])
    return None


def _between(attribute: str, ends: tuple[float | None, float | None, str | None], notes: list[str]) -> Found:
    low, high, note = ends
    return {"attribute": attribute, "between": [low, high]}, [*notes, *([note] if note else [])]


def _read_equals(text: str, held: list[str], phrases: Phrases, decimal: str | None) -> Found:
    for pattern, free in ((_ONE_OF, True), (_SIGN, True), (_IS, False)):
        match = _match(pattern, text)
        named = None if match is None else _named(match["s"], phrases, held, free=free)
        if match is not None and named is not None:
            attribute, notes = named
            ends = read_range(match["v"], decimal)
            if ends is not None and attribute in _NUMBERS:
                return _between(attribute, ends, notes)
            if ends is not None:
                raise UnreadableError("'between 5 and 10' for numbers, or the text in quotation marks")
            texts = _texts(match["v"], held, slash=False)
            if attribute == "title":
                notes = [*notes, "these are whole titles; write 'contains' for words in a title"]
            return {"attribute": attribute, **({"equals": texts[0]} if len(texts) == 1 else {"in": texts})}, notes
    return None


def _named(phrase: str, phrases: Phrases, held: list[str], *, free: bool) -> tuple[str, list[str]] | None:
    """Return the attribute that a phrase names; with ``free`` any name will do that is no event's."""
    said = _unmask(phrase, held).strip(" :'")
    known = phrases.attributes.get(key(said))
    if known is not None:
        return known, []
    is_behaviour = key(said) in phrases.events or key(said) in phrases.account
    if not free or is_behaviour or len(said.split()) > _MOST_WORDS or not re.search(r"[^\W\d_]", said):
        return None
    if re.search(r"\b(?:does|do|is|not|and|or|if|nicht|und|oder)\b", said, re.IGNORECASE):
        return None
    name = identifier(said)
    return name, ([] if name == said else [f"{said!r} is read as the attribute {name}"])


def _texts(said: str, held: list[str], *, slash: bool) -> list[str]:
    plain = said.strip()
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    if re.match(r"(?:not|nicht)\b", plain, re.IGNORECASE):
        raise UnreadableError("what it is, since a rule cannot say 'not'")
    if _AND.search(f" {plain} "):
        raise UnreadableError(
            "texts with 'or' between them; a rule has one condition; a text with 'and' stands in quotation marks"
        )
    parts = [part for piece in _OR.split(plain) for part in (piece.split("/") if slash else [piece])]
    texts = [_unmask(part, held).strip() for part in parts]
    kept = list(dict.fromkeys(text for text in texts if text))
    if not kept:
        raise UnreadableError("a text to compare with")
    return kept


def _mask(text: str) -> tuple[str, list[str]]:
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return f"\x00{len(held) - 1}\x00"

    return _HOLD.sub(hold, text), held


def _unmask(text: str, held: list[str]) -> str:
    return re.sub("\x00(\\d+)\x00", lambda match: held[int(match[1])], text)


def _match(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE)
