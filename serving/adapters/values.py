"""Values as callers write them, brought to what an attribute or an id is."""

from __future__ import annotations

import math
import re
from typing import Literal, TypeAlias

from features.numbers import parse_number
from features.payload import LONGEST_ID, LONGEST_VALUE
from features.payload.values import kind_of
from features.texts.email_domain import domain_of, email_domain_kind

ValueType: TypeAlias = Literal["text", "number", "boolean", "email_kind", "given"]
IdType: TypeAlias = Literal["text", "salesforce_id", "business_domain"]

_TRUE, _FALSE = {"true", "1", "yes", "y"}, {"false", "0", "no", "n"}
#: An id that a spreadsheet has rounded: several records would become one.
_ROUNDED = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class BadValueError(ValueError):
    """A value that is not what the mapping says it is; the record's other values stand."""


def read_text(given: object) -> str | None:
    """Return a plain value as trimmed text, None for an empty one; raises BadValueError for lists and objects.

    >>> read_text(" VP "), read_text(3.0), read_text(True), read_text("")
    ('VP', '3.0', 'true', None)
    """
    if given is None:
        return None
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        if not math.isfinite(given):
            raise BadValueError("expected a finite number")
        return str(given)
    if not isinstance(given, str):
        raise BadValueError(f"expected a value, got {kind_of(given)}")
    text = given.strip()
    if len(text) > LONGEST_VALUE:
        raise BadValueError(f"is longer than {LONGEST_VALUE:,} characters")
    return text or None


def read_value(given: object, as_type: ValueType) -> str | None:
    """Return a value of an attribute as the facts hold it, None for an empty one.

    ``email_kind`` keeps of an address what kind it is, and ``given`` of any text that there is one: neither keeps
    the text itself. Raises BadValueError for what the type does not allow.

    >>> read_value("1200", "number"), read_value("Yes", "boolean"), read_value("a@acme.com", "email_kind")
    ('1200', 'true', 'business')
    """
    text = read_text(given)
    if text is None or as_type == "text":
        return text
    if as_type == "number":
        if math.isnan(parse_number(text)):
            raise BadValueError(f"{text[:40]!r} is not a number")
        return text
    if as_type == "boolean":
        lower = text.lower()
        if lower not in _TRUE | _FALSE:
            raise BadValueError(f"{text[:40]!r} is neither true nor false")
        return "true" if lower in _TRUE else "false"
    return "true" if as_type == "given" else (email_domain_kind(text) or "none")


def read_id(given: object, as_type: IdType = "text") -> str | None:
    """Return an id as text, None where there is none; raises BadValueError for what cannot be one.

    >>> read_id(12627374), read_id("001A0000006Vm9r", "salesforce_id"), read_id("a@gmail.com", "business_domain")
    ('12627374', '001A0000006Vm9rIAC', None)
    """
    if isinstance(given, bool):
        raise BadValueError("expected an id, got true or false")
    if isinstance(given, float):
        if not given.is_integer() or abs(given) >= 2**53:
            raise BadValueError("expected an id, got a number with a fraction or too large to be exact")
        given = int(given)
    text = read_text(given)
    if text is None:
        return None
    if len(text) > LONGEST_ID:
        raise BadValueError(f"is longer than {LONGEST_ID} characters")
    if "\0" in text:
        raise BadValueError("holds the character NUL")
    if _ROUNDED.fullmatch(text):
        raise BadValueError(f"{text[:40]!r} is a rounded number, no id")
    if as_type == "business_domain":
        return domain_of(text) if email_domain_kind(text) == "business" else None
    return _with_18(text) if as_type == "salesforce_id" else text


def _with_18(text: str) -> str:
    """Return a Salesforce id with 18 characters, whose last three say which of the first fifteen are capitals."""
    if len(text) != 15 or not text.isascii() or not text.isalnum():
        return text
    parts = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(_SUFFIX[sum(("A" <= c <= "Z") << i for i, c in enumerate(part))] for part in parts)
