"""Category levels, learnt from training rows only and kept in stored order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.kernel import version_rows
from features.language.feature import AttributeValue, FeatureSet

if TYPE_CHECKING:
    from features.history import History
    from features.language.feature import Feature

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
    """
    fitted = [_fit(feature, history, leads, as_of, rare=rare, most=most) for feature in feature_set.features]
    return FeatureSet(name=feature_set.name, features=tuple(fitted))


def _fit(
    feature: Feature, history: History, leads: np.ndarray, as_of: np.ndarray, *, rare: float, most: int | None
) -> Feature:
    source = feature.source
    if not isinstance(source, AttributeValue) or not feature.is_category:
        return feature
    versions = history.versions.get((source.entity, source.attribute))
    if versions is None:
        return feature
    owners = leads if source.entity == "lead" else history.account_of[leads].astype(np.int64)
    codes = np.full(len(leads), np.nan)
    version_rows(versions.start, versions.known_at, versions.code.astype(np.float64), owners, as_of, codes)
    seen = codes[codes >= 0].astype(np.int64)
    counts = np.bincount(seen, minlength=len(versions.vocabulary))
    least = max(1, min(5, rare * len(leads)))
    levels = [text for text, n in zip(versions.vocabulary, counts, strict=True) if n >= least]
    by_count = dict(zip(versions.vocabulary, counts.tolist(), strict=True))
    levels.sort(key=lambda text: (-by_count[text], text))
    return feature.model_copy(update={"levels": tuple(levels[:most])})
