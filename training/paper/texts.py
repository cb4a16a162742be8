"""Texts of the card and the data made harmless and short, and figures in the words of a meeting."""

from __future__ import annotations

import unicodedata
from math import isfinite
from typing import TYPE_CHECKING

from training.duel.rounding import show, step_of

if TYPE_CHECKING:
    from training.comparison import Estimate

#: Set around a name so that text written from right to left does not turn the sentence around it.
_APART, _END = "\u2068", "\u2069"
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: A letter keeps so many marks above and below it.
_MOST_MARKS = 3


def tidy(text: str, most: int = 80) -> str:
    """Return a text of the data on one line, of at most so many characters, without what turns or stacks letters.

    >>> tidy("two" + chr(10) + "lines" + chr(0x202E)), tidy("abcdefgh", 5)
    ('two lines', 'abcd…')
    """
    kept, marks = [], 0
    for letter in text:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if letter in _TURNING or marks > _MOST_MARKS or kind in ("Cs", "Co", "Cn"):
            continue
        kept.append(" " if kind in ("Cc", "Zl", "Zp") else letter)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def name(text: str, most: int = 80) -> str:
    """Return a name, tidied and set apart from the direction of the text around it."""
    return f"{_APART}{tidy(text, most)}{_END}"


def quoted(text: str, most: int = 80) -> str:
    """Return a name as a sentence quotes it."""
    return f"“{name(text, most)}”"


def capital(text: str) -> str:
    """Return a sentence with its first letter as a capital.

    >>> capital("the card")
    'The card'
    """
    return text[:1].upper() + text[1:]


def counted(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "rule"), counted(1200, "opportunity", "opportunities")
    ('1 rule', '1,200 opportunities')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amount(figure: Estimate, finest: float = 1.0) -> str:
    """Return a figure as coarse as its interval deserves."""
    return show(figure.value, step_of(figure.low, figure.high, finest))


def reach(figure: Estimate, finest: float = 1.0) -> str:
    """Return an interval as "5 to 19"; empty where there is none."""
    if not (isfinite(figure.low) and isfinite(figure.high)):
        return ""
    step = step_of(figure.low, figure.high, finest)
    return f"{show(figure.low, step)} to {show(figure.high, step)}"


def more(figure: Estimate, finest: float = 1.0) -> str:
    """Return a difference with its sign; 0 has none."""
    step = step_of(figure.low, figure.high, finest)
    return show(figure.value, step, sign=round(figure.value / step) != 0)


def percent(figure: Estimate) -> str:
    """Return a share in percent, to whole ones unless its interval is narrow; a dash where there is none.

    >>> from training.comparison import Estimate
    >>> percent(Estimate(0.1234, 0.08, 0.2)), percent(Estimate(0.0123, 0.011, 0.0135))
    ('12%', '1.2%')
    """
    if not isfinite(figure.value):
        return "–"
    wide = figure.high - figure.low > 0.02 and figure.value >= 0.01
    return f"{show(100 * figure.value, 1.0 if wide else 0.1)}%"
