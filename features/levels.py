"""Category levels, learnt from training rows only and kept in stored order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from features.kernel import version_rows
from features.language.attributes import AttributeValue
from features.language.behaviour import Touch
from features.language.feature import FeatureSet
from features.language.readers import READERS, read_text
from features.plan import compile_plan
from features.plan.attributes import owners_of

if TYPE_CHECKING:
    from features.history import History
    from features.language import Feature

#: Rarer values than this share of the training rows are left to the "unseen" branch.
RARE_SHARE = 0.0005
MOST_LEVELS = 64


def learn_levels(
    feature_set: FeatureSet,
    history: History,
    leads: np.ndarray,
    as_of: np.ndarray,
    *,
    rare: float = RARE_SHARE,
    most: int | None = MOST_LEVELS,
) -> FeatureSet:
    """Return the set with each category's levels as they occur in the given rows, most frequent first.

    Ties are ordered by text, so that the same rows always give the same levels. A category keeps at most
    ``most`` (None: all); a level rarer than ``rare`` of the rows (and seen fewer than 5 times) counts as unseen.
    What a reader of texts tells apart keeps the reader's own order.
    """
    least = max(1, min(5, rare * len(leads)))
    fitted = []
    for feature in feature_set.features:
        counts = _counts(feature, history, leads, as_of)
        if counts is None:
            fitted.append(feature)
            continue
        levels = [text for text, n in counts.items() if n >= least]
        place = {level: i for i, level in enumerate(_own_order(feature))}
        levels.sort(key=lambda text: (place.get(text, len(place)), -counts[text], text))
        fitted.append(feature.model_copy(update={"levels": tuple(levels[:most])}))
    return FeatureSet(name=feature_set.name, features=tuple(fitted))


def _own_order(feature: Feature) -> tuple[str, ...]:
    source = feature.source
    read = source.read if isinstance(source, AttributeValue) else None
    return () if read is None else READERS[read].levels


def _counts(feature: Feature, history: History, leads: np.ndarray, as_of: np.ndarray) -> dict[str, int] | None:
    """Return how often each value of a category occurs in the rows; None for what is none or was never there."""
    source = feature.source
    if isinstance(source, Touch):
        names = history.kinds if source.what == "kind" else history.channels
        return _tally(_touches(feature, names, history, leads, as_of), names)
    if not isinstance(source, AttributeValue) or not feature.is_category:
        return None
    versions = history.versions.get((source.entity, source.attribute))
    if versions is None:
        return None
    codes = np.full(len(leads), np.nan)
    numbers = versions.code.astype(np.float64)
    owners = owners_of(source.entity, history, leads)
    version_rows(versions.start, versions.known_at, numbers, owners, as_of, codes)
    by_text = _tally(codes, versions.vocabulary)
    meant: Counter[str] = Counter()
    for text, n in by_text.items():
        level = read_text(source.read, text)
        if level is not None:
            meant[level] += n
    return dict(meant)


def _touches(
    feature: Feature, names: tuple[str, ...], history: History, leads: np.ndarray, as_of: np.ndarray
) -> np.ndarray:
    """Return the history's own numbers of a touch: its positions where every name is a level."""
    every = feature.model_copy(update={"levels": names})
    plan = compile_plan(FeatureSet(name="levels", features=(every,)), history.kinds, history.observed_from)
    return plan.run(history, leads, as_of)[:, 0]


def _tally(codes: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    seen = codes[codes >= 0].astype(np.int64)
    counts = np.bincount(seen, minlength=len(names))
    return {name: int(n) for name, n in zip(names, counts, strict=True) if n}
