"""The points of a row, as people write them: "+20", "20 pts", "-10 Punkte", "(10)", "5 each, max 15"."""

from __future__ import annotations

import re

from models.card.sheet.faults import UnreadableError
from models.card.sheet.modifiers import Said, take_modifiers
from models.card.sheet.numbers import read_number

EXPECTED = "whole points, as in 20, +20, -10 or 20 pts"
_POINTS = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+\-−–—]?)\s*(?P<number>\d(?:[\d.,' \u00a0\u202f]*\d)?)\s*(?P<close>\))?"
    r"\s*(?:points?|pts?\.?|punkte?|p\.?)?(?P<rest>(?:[\s,;/(].*)?)",
    re.IGNORECASE,
)


def read_points(text: str, decimal: str | None = None) -> tuple[int, Said]:
    """Return the points, and what is said of them in the same cell.

    >>> read_points("–10 Punkte")[0], read_points("(10)")[0], read_points("5 per visit")[1].each
    (-10, -10, True)

    Raises
    ------
    UnreadableError
        The cell holds no whole points, or more than points.

    """
    match = _POINTS.fullmatch(text.strip())
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["open"] and match["sign"]):
        raise UnreadableError(EXPECTED)
    number = read_number(match["number"], decimal)
    if not number.is_integer():
        raise UnreadableError(EXPECTED)
    said, rest = take_modifiers(
        match["rest"].replace("/", " per ", 1) if match["rest"].startswith("/") else match["rest"]
    )
    left = re.sub(r"\b(?:points?|pts?|time|visit|event|occurrence|one)\b", "", rest, flags=re.IGNORECASE)
    if left.strip(" ,.;()"):
        raise UnreadableError(EXPECTED)
    negative = match["open"] or match["sign"] not in {"", "+"}
    return int(-number if negative else number), said
