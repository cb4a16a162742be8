"""How a tree is cut into groups of leaves, each small enough for a table of its own.

A group is a whole subtree. What it adds to a row's contributions depends on few yes-or-no conditions: for each
feature on the path down to it, whether the row keeps to that path, and its own splits. Their number is its bits:
a table of ``2**bits`` lines has the answer for every row (FastTreeSHAP v2, Yang 2021, has one such table a leaf).
The larger the groups, the fewer lines are read for a row, and the larger the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.shap.trees import Tree

#: Most bits of a group: beyond, the lines of a table are so far apart that reading them costs more than it saves.
MOST_BITS = 10
_NUMBER = 8


@dataclass(frozen=True)
class Outline:
    """The size of every subtree's table, for a tree of S splits and L leaves; the leaves follow the splits.

    ``same`` (S,) gives each split the number of the first one that asks the same. ``bits`` (S+L,) and ``width``
    (S+L,) are the conditions and the features of the group that a subtree would be, ``above`` (S+L,) the fewest
    bits among the subtrees that it is part of. ``bits`` past 62 are kept as 63.
    """

    same: np.ndarray
    bits: np.ndarray
    width: np.ndarray
    above: np.ndarray


def outline(tree: Tree) -> Outline:
    """Measure all subtrees of a tree that has a split."""
    splits = len(tree.feature)
    same = _first_alike(tree)
    children = np.column_stack([tree.left, tree.right]).tolist()
    asked, read = [0] * splits, [0] * splits
    feature = tree.feature.tolist()
    for s in range(splits - 1, -1, -1):
        asked[s], read[s] = 1 << same[s], 1 << feature[s]
        for child in children[s]:
            if child >= 0:
                asked[s] |= asked[child]
                read[s] |= read[child]
    nodes = splits + len(tree.value)
    path, bits, width, above = [0] * nodes, [0] * nodes, [0] * nodes, [64] * nodes
    for node in range(nodes):
        inside, own = (asked[node], read[node]) if node < splits else (0, 0)
        bits[node] = min(63, path[node].bit_count() + inside.bit_count())
        width[node] = (path[node] | own).bit_count()
        for child in children[node] if node < splits else ():
            below = child if child >= 0 else splits + ~child
            path[below] = path[node] | 1 << feature[node]
            above[below] = min(above[node], bits[node])
    return Outline(np.array(same), np.array(bits), np.array(width), np.array(above))


def _first_alike(tree: Tree) -> list[int]:
    """Number of the first split that asks the same of a row, for each split."""
    seen: dict[tuple[object, ...], int] = {}
    rows = zip(
        tree.feature.tolist(),
        tree.threshold.tolist(),
        tree.missing.tolist(),
        tree.default_left.tolist(),
        tree.words,
        strict=True,
    )
    return [
        seen.setdefault((f, None, m, d, w.tobytes()) if w is not None else (f, t, m, d, None), number)
        for number, (f, t, m, d, w) in enumerate(rows)
    ]


def choose_bits(outlines: Sequence[Outline], most_bytes: int) -> int:
    """Return the most bits a group may have for all tables together to keep within ``most_bytes``; 0 for none."""
    if not outlines:
        return 0
    bits = np.concatenate([o.bits for o in outlines])
    width = np.concatenate([o.width for o in outlines])
    above = np.concatenate([o.above for o in outlines])
    for most in range(MOST_BITS, 0, -1):
        chosen = (bits <= most) & (above > most)
        if (width[chosen] * 2.0 ** bits[chosen]).sum() * _NUMBER <= most_bytes:
            return most
    return 0
