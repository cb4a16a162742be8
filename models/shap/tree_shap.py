"""Exact contributions of a booster's features, from tables that are prepared once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from models.shap.kernel_block import BLOCK, explain_block
from models.shap.kernel_one import explain_one
from models.shap.kernel_walk import walk
from models.shap.split_arrays import bounds, split_arrays
from models.shap.tables import Tables, prepare
from models.shap.trees import read_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import lightgbm as lgb

    from models.shap.trees import Tree

#: Memory that a booster's tables may take, unless the caller says otherwise.
MOST_TABLE_BYTES = 64 * 2**20


class Walk(NamedTuple):
    """Splits and leaves for the raw score, in the order of the kernel's arguments."""

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    special: np.ndarray
    word: np.ndarray
    words: np.ndarray
    root: np.ndarray
    child: np.ndarray
    leaf_value: np.ndarray


@dataclass(frozen=True)
class TreeShap:
    """Path-dependent SHAP values (Lundberg, Erion and Lee 2018) of a LightGBM booster, in its raw log-odds.

    They are those of ``Booster.predict(pred_contrib=True)`` up to rounding; ``base`` plus a row's values is its
    raw score. The same row gives the same bits alone and in any batch, on any number of threads.
    """

    features: int
    base: float
    tables: Tables
    paths: Walk

    @classmethod
    def of(cls, booster: lgb.Booster, *, most_table_bytes: int = MOST_TABLE_BYTES) -> Self:
        """Prepare a booster, all its rounds; its tables take at most ``most_table_bytes``.

        Less memory makes explaining slower, never less exact: leaves that no table fits are computed row by row.

        Raises
        ------
        UnsupportedTreesError
            The trees are of a kind that only LightGBM itself explains.

        """
        trees = read_trees(booster)
        base = 0.0
        for tree in trees:
            base += tree.expected
        return cls(int(booster.num_feature()), base, prepare(trees, most_table_bytes), _walk(trees))

    @property
    def table_bytes(self) -> int:
        """Memory that the tables take."""
        return int(self.tables.table.nbytes)

    def contributions(self, X: np.ndarray, threads: int = 2) -> tuple[np.ndarray, float]:
        """Return each row's contributions, float64 (n, f), and their base; ``X`` is (n, f)."""
        rows = self._checked(X)
        values = np.empty(rows.shape)
        if len(rows) == 1:
            explain_one(rows[0], *self.tables, values[0])
        else:
            _over_blocks(lambda a, b: explain_block(rows[a:b], *self.tables, values[a:b]), len(rows), threads)
        return values, self.base

    def one(self, row: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return one row's contributions, float64 (f,), written into ``out`` where it is given."""
        if out is None:
            out = np.empty(self.features)
        explain_one(self._checked(row[None, :])[0], *self.tables, out)
        return out

    def raw(self, X: np.ndarray, threads: int = 2) -> np.ndarray:
        """Return the raw scores of rows (n, f), float64 (n,), to the bit those of ``Booster.predict``."""
        rows = self._checked(X)
        score = np.empty(len(rows))
        if len(rows) == 1:
            walk(rows, *self.paths, score)
            return score
        _over_blocks(lambda a, b: walk(rows[a:b], *self.paths, score[a:b]), len(rows), threads)
        return score

    def _checked(self, X: np.ndarray) -> np.ndarray:
        if X.ndim != 2 or X.shape[1] != self.features:
            raise ValueError(f"rows of shape {X.shape}; expected {self.features} features a row")
        return np.ascontiguousarray(X, np.float64)


def _walk(trees: Sequence[Tree]) -> Walk:
    splits = split_arrays((tree, list(range(len(tree.feature)))) for tree in trees)
    first_split = bounds(len(tree.feature) for tree in trees)[:-1].tolist()
    first_leaf = bounds(len(tree.value) for tree in trees)[:-1].tolist()
    child, root = [np.zeros((0, 2), np.int32)], []
    for tree, split, leaf in zip(trees, first_split, first_leaf, strict=True):
        pair = np.column_stack([tree.right, tree.left])
        child.append(np.where(pair >= 0, pair + split, pair - leaf).astype(np.int32))
        root.append(split if len(tree.feature) else ~leaf)
    values = np.concatenate([np.zeros(0), *(tree.value for tree in trees)])
    return Walk(*splits, np.array(root, np.int32), np.concatenate(child), values)


def _over_blocks(work: Callable[[int, int], None], rows: int, threads: int) -> None:
    """Share out rows to threads in whole blocks; the kernels let go of the interpreter."""
    blocks = -(-rows // BLOCK)
    jobs = min(threads, blocks)
    if jobs <= 1:
        work(0, rows)
        return
    ends = [min(rows, blocks * job // jobs * BLOCK) for job in range(jobs + 1)]
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(work, a, b) for a, b in pairwise(ends)]:
            done.result()
