"""A booster's text as arrays: one tree's splits, leaves and counts, as LightGBM wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import lightgbm as lgb

#: Bits of ``decision_type``: a category split, where missing goes, and above them what counts as missing.
_CATEGORY, _DEFAULT_LEFT = 1, 2
_MISSING_SHIFT = 2


class UnsupportedTreesError(ValueError):
    """Trees that this package does not explain: linear leaves, several classes, an averaging forest."""


@dataclass(frozen=True)
class Tree:
    """One tree of S splits and S+1 leaves; without a split it is its one leaf.

    ``left`` and ``right`` (S,) number a child: a split from 0 upward, or a leaf as ``~leaf``. ``missing`` (S,) is
    LightGBM's missing type: 0 none, 1 zero, 2 NaN. ``words`` (S,) holds a category split's bitset in words of 32
    bits, the categories that go left, and None for a threshold. ``count`` (S,) and ``leaf_count`` (S+1,) are the
    training rows that came by, the weights of path-dependent contributions.
    """

    feature: np.ndarray
    threshold: np.ndarray
    default_left: np.ndarray
    missing: np.ndarray
    words: tuple[np.ndarray | None, ...]
    left: np.ndarray
    right: np.ndarray
    count: np.ndarray
    value: np.ndarray
    leaf_count: np.ndarray

    @property
    def expected(self) -> float:
        """Mean value over the training rows, summed in LightGBM's order."""
        if len(self.value) == 1:
            return float(self.value[0])
        total, expected = float(self.count[0]), 0.0
        for rows, value in zip(self.leaf_count.tolist(), self.value.tolist(), strict=True):
            expected += rows / total * value
        return expected


def read_trees(booster: lgb.Booster) -> list[Tree]:
    """Return a booster's trees, all rounds, in their order.

    Raises
    ------
    UnsupportedTreesError
        The booster has linear leaves, several classes or averaged trees, or a split that no training row reached.

    """
    text = booster.model_to_string(num_iteration=-1)
    head, _, body = text.partition("\nTree=")
    if "\nnum_tree_per_iteration=1\n" not in head:
        raise UnsupportedTreesError("several trees a round, one for each class, are not supported")
    if "\naverage_output" in head:
        raise UnsupportedTreesError("averaged trees, as of a random forest, are not supported")
    body = body.partition("\nend of trees")[0]
    return [_read_tree(part) for part in body.split("\nTree=")] if body else []


def _read_tree(text: str) -> Tree:
    lines = dict(line.split("=", 1) for line in text.split("\n") if "=" in line)
    if lines.get("is_linear", "0") != "0":
        raise UnsupportedTreesError("linear leaves are not supported")
    if lines["num_leaves"] == "1":
        return _one_leaf(float(lines["leaf_value"].split()[0]))
    kind = _integers(lines["decision_type"])
    threshold = _numbers(lines["threshold"])
    count = _integers(lines["internal_count"])
    if (count <= 0).any():
        raise UnsupportedTreesError("a split that no training row reached has no share to give")
    return Tree(
        feature=_integers(lines["split_feature"]),
        threshold=threshold,
        default_left=(kind & _DEFAULT_LEFT) != 0,
        missing=kind >> _MISSING_SHIFT,
        words=_bitsets(lines, threshold, (kind & _CATEGORY) != 0),
        left=_integers(lines["left_child"]),
        right=_integers(lines["right_child"]),
        count=count,
        value=_numbers(lines["leaf_value"]),
        leaf_count=_integers(lines["leaf_count"]),
    )


def _one_leaf(value: float) -> Tree:
    none = np.zeros(0, np.int64)
    flag = np.zeros(0, np.bool_)
    return Tree(none, np.zeros(0), flag, none, (), none, none, none, np.array([value]), np.ones(1, np.int64))


def _bitsets(lines: dict[str, str], threshold: np.ndarray, category: np.ndarray) -> tuple[np.ndarray | None, ...]:
    if not category.any():
        return (None,) * len(threshold)
    words = np.array(lines["cat_threshold"].split(), np.uint32)
    bounds = _integers(lines["cat_boundaries"])
    found: list[np.ndarray | None] = []
    for number, is_category in zip(threshold.tolist(), category.tolist(), strict=True):
        if is_category:
            at = int(number)
            found.append(words[bounds[at] : bounds[at + 1]])
        else:
            found.append(None)
    return tuple(found)


def _integers(text: str) -> np.ndarray:
    return np.array(text.split(), np.int64)


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), np.float64)
