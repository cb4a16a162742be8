"""A number or a band of numbers in messy text: "1,001 to 5,000", "€500k", "10 - 50 Mio. EUR", "10,000+".

A text is read only if each of its words and signs is understood (``lexicon/bands.yaml``): "11-Oct", which a
spreadsheet made of 11-10 or 10-11, is nobody's band.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from features.texts.lexicons import lexicon
from features.texts.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

Words = tuple[str, ...]

_TOKEN = re.compile(
    r"[0-9]+(?:\.[0-9]+)?e\+?[0-9]{1,2}(?!\w)|[0-9]+(?:[.,'][0-9]+|\s[0-9]{3}(?![0-9]))*"
    r"|[^\W\d_]+(?:['.][^\W\d_]+)*[€$]?|>=|<=|=>|=<|\S"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | {"’": "'"})
_SILENT = frozenset(".,()[]\"';")
_LONGEST_PHRASE = 4
# Thousands in groups of three (the last also after groups of two, as in India), with a decimal part or without.
_GROUPED = re.compile(r"[0-9]{1,3}(?P<sep>[.,' ])[0-9]{3}(?:(?P=sep)[0-9]{3})*(?P<part>[.,][0-9]+)?")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_DECIMAL = re.compile(r"[0-9]+[.,][0-9]+")


class Span(NamedTuple):
    """What a text says of an amount: from ``lower`` to ``upper``, None where that side is open."""

    lower: float | None
    upper: float | None


class _Amount(NamedTuple):
    raw: str
    unit: str | None


class _Vocabulary(NamedTuple):
    """The known words of one measure, by what they do, as rows of tokens."""

    uses: dict[Words, frozenset[str]]
    units: dict[str, float]
    continental: frozenset[str]


def is_one_person(text: str) -> bool:
    """Tell whether the text means a company of one ("self-employed")."""
    return plain(text) in _one_person()


def span(text: str, measure: str) -> Span | None:
    """Return the span in a text of a ``measure``, "employees" or "revenue"; None where it is no such text.

    >>> span("1,001 to 5,000", "employees"), span("10-50k", "revenue")
    (Span(lower=1001.0, upper=5000.0), Span(lower=10000.0, upper=50000.0))
    >>> span("> 1.5bn", "revenue"), span("Oct-50", "employees"), span("50-10", "employees")
    (Span(lower=1500000000.0, upper=None), None, None)
    """
    known = _vocabulary(measure)
    tokens = [token for token in _TOKEN.findall(plain(text).translate(_DASHES)) if token not in _SILENT]
    read = _read(tokens, known)
    if read is None:
        return None
    amounts, bound = read
    if len(amounts) == 1:
        value = _value(amounts[0], known)
        if value is None:
            return None
        return Span(None if bound == "below" else value, None if bound == "above" else value)
    first, second = amounts
    if first.unit is None and second.unit is not None and first.raw.isdigit() and len(first.raw) <= 3:
        first = first._replace(unit=second.unit)  # "10-50k"
    lower, upper = _value(first, known), _value(second, known)
    return Span(lower, upper) if lower is not None and upper is not None and lower <= upper else None


def _read(tokens: list[str], known: _Vocabulary) -> tuple[list[_Amount], str | None] | None:
    """Return one amount with its bound, if any, or the two ends of a band; None at the first unknown word."""
    amounts: list[_Amount] = []
    bound: str | None = None
    joined = False
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if "0" <= token[0] <= "9":
            unit = (
                tokens[position + 1]
                if position + 1 < len(tokens) and tokens[position + 1] in known.units
                else None
            )
            amounts.append(_Amount(token, unit))
            position += 1 if unit is None else 2
            continue
        uses, length = _longest(tokens, position, known)
        position += length
        between = len(amounts) == 1 and any("0" <= later[0] <= "9" for later in tokens[position:])
        if "between" in uses and between and not joined and bound is None:
            joined = True
        elif (
            (side := next((use for use in ("above", "below") if use in uses), None))
            and bound is None
            and not joined
        ):
            bound = side
        elif "besides" not in uses:
            return None
    return (amounts, bound) if len(amounts) == 1 + joined else None


def _longest(tokens: list[str], position: int, known: _Vocabulary) -> tuple[frozenset[str], int]:
    for length in range(_LONGEST_PHRASE, 0, -1):
        words = tuple(tokens[position : position + length])
        if len(words) == length and words in known.uses:
            return known.uses[words], length
    return frozenset(), 1


def _value(amount: _Amount, known: _Vocabulary) -> float | None:
    number = _number(amount.raw, amount.unit, known)
    return None if number is None else number * known.units.get(amount.unit or "", 1.0)


def _number(raw: str, unit: str | None, known: _Vocabulary) -> float | None:
    """Return the number in digits and separators; "1.001" is a thousand and one unless a unit says otherwise."""
    if raw.isdigit() or "e" in raw:
        return float(raw)
    grouped = _GROUPED.fullmatch(raw)
    if grouped and _is_grouped(raw, grouped["sep"], unit, known):
        part = grouped["part"] or ""
        if part[:1] == grouped["sep"]:
            return None
        return float(re.sub(r"\D", "", raw[: len(raw) - len(part)]) + part.replace(",", "."))
    if _INDIAN.fullmatch(raw):
        return float(raw.replace(",", ""))
    return float(raw.replace(",", ".")) if _DECIMAL.fullmatch(raw) else None


def _is_grouped(raw: str, separator: str, unit: str | None, known: _Vocabulary) -> bool:
    """Tell the thousands of "1,001" and "1.500 Mio" from the decimals of "1.250M" and "0.500"."""
    if not _DECIMAL.fullmatch(raw):
        return True
    if raw[0] == "0":
        return False
    return unit is None or separator != ("," if unit in known.continental else ".")


@cache
def _vocabulary(measure: str) -> _Vocabulary:
    content = lexicon("bands")
    uses: dict[Words, frozenset[str]] = {("-",): frozenset({"between"})}
    lists = {"between": ["between"], "above": ["above"], "below": ["below"]}
    lists["besides"] = ["besides", f"{measure}_besides", "currencies"]
    for use, keys in lists.items():
        for words in (words for key in keys for words in _tokens_of(content[key])):
            uses[words] = uses.get(words, frozenset()) | {use}
    units = {
        words[0]: float(str(factor).replace("_", ""))
        for factor, names in content["units"].items()
        for words in _tokens_of(names)
    }
    return _Vocabulary(uses, units, frozenset(words[0] for words in _tokens_of(content["comma_is_decimal"])))


def _tokens_of(phrases: list[str]) -> Iterator[Words]:
    for phrase in phrases:
        tokens = tuple(token for token in _TOKEN.findall(plain(phrase).translate(_DASHES)) if token not in _SILENT)
        if tokens:
            yield tokens


@cache
def _one_person() -> frozenset[str]:
    return frozenset(plain(phrase) for phrase in lexicon("bands")["one_person"])
