"""Text as a number, the same for files and requests: plain decimal notation only."""

from __future__ import annotations

import math
import re

# float() alone would take "1_000", "infinity" and digits of other scripts.
_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


def parse_number(text: str) -> float:
    """Return the number that a text denotes, NaN where it denotes none or none that is finite.

    >>> parse_number("2.5e3"), parse_number("1_000"), parse_number("inf")
    (2500.0, nan, nan)
    """
    if _DECIMAL.fullmatch(text) is None:
        return math.nan
    value = float(text)
    return value if math.isfinite(value) else math.nan
