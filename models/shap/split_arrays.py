"""Splits one after another, as the kernels read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.shap.trees import Tree

#: LightGBM's missing types.
_NONE, _ZERO = 0, 1


class SplitArrays(NamedTuple):
    """S splits: their feature, threshold, and where missing goes; a category split has words in its stretch.

    ``special`` (S,) marks categories and zeros for missing, which need more than a comparison. ``word`` (S+1,)
    bounds a split's 32-bit ``words``.
    """

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    special: np.ndarray
    word: np.ndarray
    words: np.ndarray


def split_arrays(chosen: Iterable[tuple[Tree, list[int]]]) -> SplitArrays:
    """Lay out the given splits of the given trees."""
    parts = list(chosen)
    missing = _joined([tree.missing[s] for tree, s in parts], np.int64)
    threshold = _joined([tree.threshold[s] for tree, s in parts], np.float64)
    default_left = _joined([tree.default_left[s] for tree, s in parts], np.bool_)
    bitsets = [tree.words[s] for tree, splits in parts for s in splits]
    sizes = np.array([0 if words is None else len(words) for words in bitsets], np.int64)
    return SplitArrays(
        feature=_joined([tree.feature[s] for tree, s in parts], np.uint32),
        threshold=threshold,
        # Where nothing counts as missing, NaN is compared as 0 is.
        missing_left=np.where(missing == _NONE, threshold >= 0.0, default_left),
        special=(sizes > 0) | (missing == _ZERO),
        word=bounds(sizes, np.int32),
        words=_joined([words for words in bitsets if words is not None], np.uint32),
    )


def bounds(sizes: Iterable[int] | np.ndarray, kind: type[np.integer] = np.int64) -> np.ndarray:
    """Return where each of several stretches begins and the last one ends."""
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).astype(kind)


def _joined(parts: list[np.ndarray], kind: type[np.generic]) -> np.ndarray:
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)
