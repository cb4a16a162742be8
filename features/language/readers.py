"""What a feature makes of an attribute's text, by the readers of :mod:`features.texts`."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from features.numbers import parse_number
from features.texts import READERS

if TYPE_CHECKING:
    from features.language.feature import FeatureSet


@lru_cache(maxsize=200_000)
def read_text(reader: str | None, text: str) -> str | None:
    """Return the category that a text means: the text itself without a reader; None where it means nothing."""
    if reader is None:
        return text
    value = READERS[reader].read(text)
    return None if value is None else str(value)


@lru_cache(maxsize=200_000)
def read_number(reader: str | None, text: str) -> float:
    """Return the number that a text means, NaN where it means none."""
    if reader is None:
        return parse_number(text)
    value = READERS[reader].read(text)
    return math.nan if value is None else float(value)


def reads_texts(feature_set: FeatureSet) -> bool:
    """Tell whether any feature depends on the words of the lexicon."""
    return any(getattr(feature.source, "read", None) is not None for feature in feature_set.features)


__all__ = ["READERS", "read_number", "read_text", "reads_texts"]
