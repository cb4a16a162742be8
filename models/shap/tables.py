"""Everything the kernels read, laid out and filled once for a booster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.shap.kernel_table import fill_tables
from models.shap.outline import choose_bits, outline
from models.shap.program import write_program
from models.shap.split_arrays import bounds, split_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.shap.program import Group
    from models.shap.trees import Tree

#: Numbers of features and conditions; without a sign, as numba need not look for a count from the end.
_PLACE = np.uint32


class Tables(NamedTuple):
    """T trees with a split, in the order of the kernels' arguments; arrays of bounds have one number more.

    ``tree_*`` bound a tree's splits, of which those from ``tree_special`` on need more than a comparison, its
    joint conditions ``both`` (condition, wanted, condition, wanted), its groups, and its leaves without a table.
    ``group_*`` bound a group's slots, each a condition, its features, and its numbers in ``table``, one line of
    the group's width a pattern. ``single_entry`` bounds a lone leaf's entries, one a feature. ``point`` and
    ``weight`` hold the quadrature rules of 1, 2, ... points one after another.
    """

    most_conditions: int
    most_entries: int
    tree_split: np.ndarray
    tree_special: np.ndarray
    split_feature: np.ndarray
    split_threshold: np.ndarray
    split_missing_left: np.ndarray
    split_word: np.ndarray
    words: np.ndarray
    tree_both: np.ndarray
    both: np.ndarray
    tree_group: np.ndarray
    group_slot: np.ndarray
    slot_condition: np.ndarray
    group_feature: np.ndarray
    column_feature: np.ndarray
    group_table: np.ndarray
    table: np.ndarray
    tree_single: np.ndarray
    single_value: np.ndarray
    single_entry: np.ndarray
    entry_condition: np.ndarray
    entry_wanted: np.ndarray
    entry_share: np.ndarray
    entry_feature: np.ndarray
    point: np.ndarray
    weight: np.ndarray


def prepare(trees: Sequence[Tree], most_bytes: int) -> Tables:
    """Lay out the trees and fill the groups' tables, which take at most ``most_bytes``."""
    split = [tree for tree in trees if len(tree.feature)]
    outlines = [outline(tree) for tree in split]
    most_bits = choose_bits(outlines, most_bytes)
    programs = [write_program(tree, sizes, most_bits) for tree, sizes in zip(split, outlines, strict=True)]
    groups = [group for program in programs for group in program.groups]
    single = [leaf for program in programs for leaf in program.single]
    entries = [(f, held) for _, path in single for f, held in path.items()]
    longest = max([1, *(len(path) for _, path in single), *(len(b) for g in groups for _, b in g.leaves)])
    point, weight = quadrature((longest + 1) // 2)
    splits = split_arrays((tree, p.splits) for tree, p in zip(split, programs, strict=True))
    tree_split = bounds(len(p.splits) for p in programs)
    return Tables(
        most_conditions=max([1, *(len(p.splits) + len(p.both) for p in programs)]),
        most_entries=longest,
        tree_split=tree_split,
        tree_special=tree_split[:-1] + np.array([p.special for p in programs], np.int64),
        split_feature=splits.feature,
        split_threshold=splits.threshold,
        split_missing_left=splits.missing_left,
        split_word=splits.word,
        words=splits.words,
        tree_both=bounds(len(p.both) for p in programs),
        both=np.array([b for p in programs for b in p.both], _PLACE).reshape(-1, 4),
        tree_group=bounds(len(p.groups) for p in programs),
        group_slot=bounds(len(g.conditions) for g in groups),
        slot_condition=np.array([c for g in groups for c in g.conditions], _PLACE),
        group_feature=bounds(len(g.features) for g in groups),
        column_feature=np.array([f for g in groups for f in g.features], _PLACE),
        group_table=bounds(len(g.features) << len(g.conditions) for g in groups),
        table=_filled(groups, point, weight, longest),
        tree_single=bounds(len(p.single) for p in programs),
        single_value=np.array([value for value, _ in single], np.float64),
        single_entry=bounds(len(path) for _, path in single),
        entry_condition=np.array([held.condition for _, held in entries], _PLACE),
        entry_wanted=np.array([held.wanted for _, held in entries], np.uint8),
        entry_share=np.array([held.share for _, held in entries], np.float64),
        entry_feature=np.array([f for f, _ in entries], _PLACE),
        point=point,
        weight=weight,
    )


def quadrature(most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss and Legendre's points and weights on 0 to 1, for 1 to ``most`` points one after another."""
    rules = [np.polynomial.legendre.leggauss(n) for n in range(1, most + 1)]
    return np.concatenate([(1 + x) / 2 for x, _ in rules]), np.concatenate([w / 2 for _, w in rules])


def _filled(groups: Sequence[Group], point: np.ndarray, weight: np.ndarray, longest: int) -> np.ndarray:
    leaves = [leaf for group in groups for leaf in group.leaves]
    # Masks are whole numbers of few bits, which float64 holds exactly.
    entries = np.array([bit for _, bits in leaves for bit in bits], np.float64).reshape(-1, 4)
    group_table = bounds(len(g.features) << len(g.conditions) for g in groups)
    table = np.zeros(group_table[-1])
    fill_tables(
        bounds(len(g.conditions) for g in groups),
        bounds(len(g.features) for g in groups),
        group_table,
        bounds(len(g.leaves) for g in groups),
        np.array([value for value, _ in leaves], np.float64),
        bounds(len(bits) for _, bits in leaves),
        entries[:, 0].astype(np.int64),
        entries[:, 1].astype(np.int64),
        np.ascontiguousarray(entries[:, 2]),
        entries[:, 3].astype(np.int64),
        point,
        weight,
        longest,
        table,
    )
    return table
