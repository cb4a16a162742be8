"""Numbers and ranges as people write them into cells; what may mean two things is refused, not guessed."""

from __future__ import annotations

import re

from models.card.sheet.faults import UnreadableError

_BLANKS = " \u00a0\u202f'’"
_FACTORS = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "mrd": 1e9,
}
#: A number with what may stand around it, for use in larger patterns.
NUMBER = (
    r"(?:[+\-−–—]\s?)?(?:[$€£]|usd\s|eur\s)?\s?\d(?:[\d.,]*\d)?(?:[ \u00a0\u202f'’]\d{3}(?!\d))*"
    r"\s?(?:(?:k|mn|mio|million|m|bn|billion|b|mrd)\b\.?)?\s?(?:[$€£]|usd\b|eur\b)?"
)
_DASH = r"(?:\s?[-−–—]\s?|\s+(?:to|bis|through)\s+)"
_N = f"({NUMBER})"

#: What a range may look like, and which ends its numbers are: low, high, above (not itself), below (not itself).
_RANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"(?:between|from|zwischen|von)?\s*{_N}{_DASH}{_N}", ("low", "high")),
    (rf"(?:between|zwischen)\s+{_N}\s+(?:and|und)\s+{_N}", ("low", "high")),
    (rf"(?:>=|=>|≥|at least|from|min\.?|minimum|mindestens|ab)\s*{_N}\s*\+?", ("low",)),
    (rf"{_N}\s*(?:\+|(?:or|and|oder|und)\s+(?:more|above|up|over|larger|greater|mehr))", ("low",)),
    (rf"(?:<=|=<|≤|at most|up to|max\.?|maximum|höchstens|bis zu|bis)\s*{_N}", ("high",)),
    (rf"{_N}\s*(?:or|and|oder|und)\s+(?:less|fewer|below|under|smaller|weniger)", ("high",)),
    (rf"(?:>|more than|over|above|greater than|larger than|mehr als|über)\s*{_N}", ("above",)),
    (rf"(?:<|less than|fewer than|under|below|smaller than|weniger als|unter)\s*{_N}", ("below",)),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), ends) for pattern, ends in _RANGES)


def read_number(text: str, decimal: str | None = None) -> float:
    """Return the number that a text says, with thousands, currency, k, M, bn.

    ``decimal`` is the mark before decimals where the file tells it.

    >>> read_number("5,000"), read_number("1.5M"), read_number("–10"), read_number("1.000", decimal=",")
    (5000.0, 1500000.0, -10.0, 1000.0)

    Raises
    ------
    UnreadableError
        It is no number, or might be two.

    """
    plain = re.sub(r"[$€£]|\b(?:usd|eur)\b", "", text.strip().lower())
    match = re.fullmatch(r"\s*([+\-−–—]?)\s*(\d[\d.,\s\u00a0\u202f'’]*?)\s*([a-z]*)\.?\s*", plain)
    if match is None or (match[3] and match[3] not in _FACTORS):
        raise UnreadableError("a number, as in 200, 5,000 or 1.5M")
    digits = re.sub(rf"(?<=\d)[{_BLANKS}](?=\d{{3}}(?!\d))", "", match[2])
    value = _without_thousands(digits, decimal) * _FACTORS.get(match[3], 1.0)
    return -value if match[1] not in {"", "+"} else value


def _without_thousands(digits: str, decimal: str | None) -> float:
    marks = [letter for letter in digits if not letter.isdigit()]
    if not marks:
        return float(digits)
    groups = re.split(r"[.,]", digits)
    thousands = 1 <= len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:])
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
        whole, part = digits.rsplit(marks[-1], 1)
        if all(len(group) == 3 for group in whole.split(marks[0])[1:]):
            return float(whole.replace(marks[0], "") + "." + part)
    elif len(set(marks)) == 1 and len(marks) > 1 and thousands:
        return float("".join(groups))
    elif len(marks) == 1 and set(marks) <= {".", ","} and all(groups):
        if not thousands:
            return float(".".join(groups))
        if marks[0] == ("." if decimal == "," else ","):
            return float("".join(groups))
        raise UnreadableError(
            f"a number that means one thing; write {''.join(groups)}, or {float('.'.join(groups)):g}"
        )
    raise UnreadableError("a number, as in 200, 5,000 or 1.5M")


def read_range(text: str, decimal: str | None = None) -> tuple[float | None, float | None, str | None] | None:
    """Return the least and the greatest number of a range, and a note where they stand for "more than"; else None.

    >>> read_range("200-5,000"), read_range("1000+"), read_range("more than 50"), read_range("Software")
    ((200.0, 5000.0, None), (1000.0, None, None), (51.0, None, "'more than 50' is read as 51 or more"), None)

    Raises
    ------
    UnreadableError
        It looks like a range, but its numbers cannot be read or say nothing.

    """
    for pattern, ends in _PATTERNS:
        match = pattern.fullmatch(text.strip())
        if match is not None:
            return _ends(text.strip(), dict(zip(ends, match.groups(), strict=True)), decimal)
    return None


def _ends(text: str, given: dict[str, str], decimal: str | None) -> tuple[float | None, float | None, str | None]:
    # The dash of "200-5,000" belongs to neither number; a unit that may be meant for both is asked for: 10-50M.
    numbers = {end: read_number(number, decimal) for end, number in given.items()}
    if "low" in given and "high" in given:
        suffix = re.search(r"([a-z]+)\W*$", given["high"].lower())
        if (
            suffix
            and suffix[1] in _FACTORS
            and not re.search(r"[a-z]", given["low"].lower())
            and numbers["low"] < 1000
        ):
            raise UnreadableError(f"the unit at both numbers, as in {given['low'].strip()}{suffix[1]}")
        if numbers["low"] > numbers["high"]:
            raise UnreadableError("a range from the smaller to the larger number")
    for end, step in (("above", 1.0), ("below", -1.0)):
        if end in numbers:
            limit = numbers[end] + step
            if not numbers[end].is_integer():
                raise UnreadableError("a whole number, or 'at least' or 'at most' instead")
            said = f"{text!r} is read as {limit:,.0f} or {'more' if step > 0 else 'less'}"
            return (limit, None, said) if step > 0 else (None, limit, said)
    return numbers.get("low"), numbers.get("high"), None
