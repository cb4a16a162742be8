"""What may be said beside an event: how recent, how often, at most how many points, by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.card.sheet.faults import UnreadableError
from models.card.sheet.numbers import NUMBER, read_number

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "q": 90, "y": 365}
UNIT = (
    r"(hours?|days?|weeks?|months?|mos?|quarters?|years?|stunden?|tagen?|tage|wochen?|monate?n?|jahre?n?|[hdwy])\b"
)
_LETTER = {"s": "h", "t": "d", "j": "y"}
_POINTS = r"(?:\s*(?:points?|pts?\.?|punkte?))?"
_TIMES = r"(?:\s*(?:x|times|mal)\b)"


@dataclass
class Said:
    """What was said beside an event; None or False where nothing was."""

    within: str | None = None
    half_life: str | None = None
    cap: int | None = None
    cap_times: int | None = None
    each: bool = False
    at_least: int | None = None
    distinct_days: int | None = None
    colleagues: bool = False
    notes: list[str] = field(default_factory=list)

    def put(self, name: str, value: str | int) -> None:
        """Keep one thing that was said.

        Raises
        ------
        UnreadableError
            It was said before, and otherwise.

        """
        if getattr(self, name) not in {None, value}:
            raise UnreadableError(f"one {name.replace('_', ' ')}, not both {getattr(self, name)} and {value}")
        setattr(self, name, value)


def duration(number: str, unit: str, said: Said) -> str:
    """Return a duration for a card, as in 90d; months, quarters and years become days, which is noted."""
    letter = _LETTER.get(unit[0].lower(), unit[0].lower())
    count = int(number or 1)
    if letter in "hd":
        return f"{count}{letter}"
    days = count * _DAYS[letter]
    if letter != "w":
        said.notes.append(f"{count} {unit} are read as {days:.0f} days")
    return f"{days:.0f}d"


def _put_duration(name: str) -> Callable[[re.Match[str], Said], None]:
    return lambda match, said: said.put(name, duration(match[1], match[2], said))


def _put_number(name: str, more: int = 0) -> Callable[[re.Match[str], Said], None]:
    return lambda match, said: said.put(name, int(match[1]) + more)


def _put_cap(match: re.Match[str], said: Said) -> None:
    value = read_number(match[1])
    if not value.is_integer():
        raise UnreadableError("whole points, as in max 20")
    said.put("cap", int(value))


def _put_exactly(match: re.Match[str], said: Said) -> None:
    said.put("at_least", int(match[1]))
    said.notes.append(f"{match[0].strip()!r} is read as at least {match[1]} times")


def _flag(name: str) -> Callable[[re.Match[str], Said], None]:
    return lambda _, said: setattr(said, name, True)


_LIMIT = (
    r"(?:up to(?: a)?(?: max(?:imum)? of)?|max(?:imum)?\b\.?(?: of)?:?|capped at|cap(?: of|:)?|at most"
    r"|höchstens|maximal)"
)
_ONE = r"(?:time|visit|occurrence|event|view|open|click|download|submission|mal)"
#: In this order: each is taken out of the text before the next is looked for.
_MODIFIERS: tuple[tuple[str, Callable[[re.Match[str], Said], None]], ...] = (
    (
        rf"(?:points )?(?:half[- ]?life(?: of)?:?|halves? every|halve after|halbwertszeit:?)\s*(\d+)\s*{UNIT}",
        _put_duration("half_life"),
    ),
    (rf"(?:with)?in (?:the )?(?:last|past|previous)\s*(\d*)\s*{UNIT}", _put_duration("within")),
    (rf"(?:in (?:den|der|dem) )?\b(?:last|past|previous|letzte[nrms]?)\s*(\d*)\s*{UNIT}", _put_duration("within")),
    (rf"\b(?:with)?in(?:nerhalb von)?\s*(\d+)\s*{UNIT}", _put_duration("within")),
    (r"\b(?:ever|all[- ]time|at any time|jemals)\b", lambda *_: None),
    (rf"\b{_LIMIT}\s*(\d+){_TIMES}", _put_number("cap_times")),
    (rf"\b{_LIMIT}\s*({NUMBER}){_POINTS}(?!\s*(?:x|times|mal)\b)(?!\d)", _put_cap),
    (
        r"\bon (?:at least )?(\d+)\+?(?: or more)?(?: different| distinct| separate) days\b",
        _put_number("distinct_days"),
    ),
    (r"\bon (?:at least (\d+)|(\d+)\+)\s*days\b", lambda m, said: said.put("distinct_days", int(m[1] or m[2]))),
    (rf"(?:\bat least|\bmin(?:imum)?\b\.?(?: of)?|>=|≥|\bmindestens)\s*(\d+){_TIMES}?", _put_number("at_least")),
    (rf"(?<!\w)(\d+)\s*\+{_TIMES}?", _put_number("at_least")),
    (rf"\b(\d+) (?:or more|oder mehr){_TIMES}?", _put_number("at_least")),
    (rf"(?:\bmore than|\bmehr als|>)\s*(\d+){_TIMES}?", _put_number("at_least", 1)),
    (rf"\b(\d+){_TIMES}", _put_exactly),
    (r"\bat least once\b|\bonce\b", lambda _, said: said.put("at_least", 1)),
    (r"\b(?:at least )?twice\b", lambda _, said: said.put("at_least", 2)),
    (
        r"\bby (?:(?:a |its |their )?colleagues?|(?:some|any)(?:one|body) else (?:at|in|from) the "
        r"(?:company|account))\b",
        _flag("colleagues"),
    ),
    (
        rf"\b(?:each|every|per|pro|je|jedes) {_ONE}\b",
        _flag("each"),
    ),
    (r"\b(?:for )?(?:each|every|per|je|jede[rsn]?)\b", _flag("each")),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in _MODIFIERS)


def take_modifiers(text: str) -> tuple[Said, str]:
    """Return what was said beside the event, and the text without it.

    >>> said, rest = take_modifiers("Webinar attended (last 90 days), max 20")
    >>> said.within, said.cap, rest
    ('90d', 20, 'Webinar attended')

    Raises
    ------
    UnreadableError
        Two of the same kind contradict one another.

    """
    said = Said()
    for pattern, put in _PATTERNS:
        match = pattern.search(text)
        while match is not None:
            put(match, said)
            text = f"{text[: match.start()]} , {text[match.end() :]}"
            match = pattern.search(text)
    text = re.sub(r"\(([\s,;]*)\)", ",", text)
    text = re.sub(r"(?:\s*[,;]\s*)+", ", ", text)
    return said, text.strip(" ,;:").removesuffix(" -").strip()
