"""Plain words on what people did: "Webinar attended (last 90 days), max 20", "Visited pricing page 3+ times"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from features.errors import nearest
from features.language.naming import identifier
from models.card.sheet.faults import UnreadableError
from models.card.sheet.modifiers import UNIT, Said, duration, take_modifiers
from models.card.sheet.numbers import read_range
from models.card.sheet.phrases import key

if TYPE_CHECKING:
    from models.card.sheet.phrases import Phrases

_AGO = re.compile(
    rf"(?:the )?last (?P<e>.+?) (?P<r>(?:more|longer|less|fewer|at|up|over|within|between|from|[<>≥≤\d]).*?)"
    rf"\s*{UNIT} ago",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"^(?:more than|over|longer than|>(?!=))\s*", re.IGNORECASE)
_BELOW = re.compile(r"^(?:less than|fewer than|within|under|<(?!=))\s*", re.IGNORECASE)
_YES = re.compile(r"\s*(?:=|:|is)\s*(?:yes|true|1|ja)$", re.IGNORECASE)


def behaviour_condition(text: str, phrases: Phrases) -> tuple[dict[str, Any], Said] | None:
    """Return the keys of a rule on events, or on the account's past, and what was said beside it; else None.

    Raises
    ------
    UnreadableError
        It speaks of an event, but of what a rule cannot say.

    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return _days_since(ago, phrases)
    said, rest = take_modifiers(_YES.sub("", text))
    subject = _subject(rest, phrases)
    if subject is None:
        return None
    return {**subject, **_test(said)}, said


def _test(said: Said) -> dict[str, Any]:
    given = {"at_least": said.at_least, "distinct_days": said.distinct_days, "half_life": said.half_life}
    keys: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if len(keys) > 1 or (keys and "half_life" not in keys and said.each):
        raise UnreadableError("points given once for so many, or for each, not both")
    if keys.get("at_least") == 1:
        keys = {}
    if said.each and said.half_life is None:
        keys["each"] = True
    if said.within is not None:
        keys["within"] = said.within
    if said.colleagues:
        keys["who"] = "colleagues"
    return keys


def _days_since(match: re.Match[str], phrases: Phrases) -> tuple[dict[str, Any], Said] | None:
    subject = _subject(match["e"], phrases)
    # Days since an event are no whole numbers: more than 90 and at least 90 are the same.
    ends = read_range(_BELOW.sub("at most ", _ABOVE.sub("at least ", match["r"])))
    if subject is None or ends is None:
        return None
    said = Said()
    scale = (
        int(duration("1", match[3], Said()).removesuffix("d") or 1) if match[3][0].lower() not in "hs" else None
    )
    if scale is None:
        raise UnreadableError("days, weeks or months")
    if scale > 1:
        said.notes.append(f"1 {match[3]} is read as {scale} days")
    return {**subject, "days_since": [None if end is None else end * scale for end in ends[:2]]}, said


def _subject(phrase: str, phrases: Phrases) -> dict[str, Any] | None:
    """Return the event or the outcome that a phrase names, or several events with "or" between them."""
    bare = re.sub(r"^(?:event|ereignis)[: ]\s*", "", phrase, flags=re.IGNORECASE).strip()
    if bare != phrase and re.fullmatch(r"[A-Za-z]\w*", bare):
        return {"event": identifier(bare)}
    kinds = [_kind(part, phrases) for part in re.split(r"\s+(?:or|oder)\s+|\s*/\s*", bare)]
    if all(kinds):
        named = list(dict.fromkeys(str(kind) for kind in kinds))
        return {"event": named[0] if len(named) == 1 else named}
    outcome = phrases.account.get(key(bare.removeprefix("account has ").removeprefix("account ")))
    return None if outcome is None else {"account": outcome}


def _kind(phrase: str, phrases: Phrases) -> str | None:
    known = phrases.events.get(key(phrase))
    if known is None and identifier(phrase) in phrases.events.values():
        return identifier(phrase)
    return known


def nearest_event(phrase: str, phrases: Phrases) -> str | None:
    """Return the phrase of the table that is nearest to one that is not in it, None where none is near."""
    return nearest(key(take_modifiers(phrase)[1]), phrases.events, cutoff=0.7)
