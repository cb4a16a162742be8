"""What is to be computed for a row, tree by tree: conditions, groups with a table, and leaves without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from models.shap.outline import Outline
    from models.shap.trees import Tree


class Held(NamedTuple):
    """Of one feature on a path: the condition that says whether a row keeps to it, and what it must be.

    ``share`` is the share of training rows that do, the product over the feature's splits on the path.
    """

    condition: int
    wanted: int
    share: float


#: The same within a group: (mask, wanted, share, column). A row keeps to it where ``pattern & mask == wanted``;
#: the column is the feature's place among the group's. Plain tuples: a booster has tens of thousands of them.
Bit = tuple[int, int, float, int]


@dataclass
class Group:
    """Leaves that share a table: its conditions (bit j of the pattern is condition j) and its features.

    ``leaves`` are pairs of a leaf's value and its bits, one a feature of its path.
    """

    conditions: list[int]
    features: list[int]
    leaves: list[tuple[float, list[Bit]]]


@dataclass
class Program:
    """One tree's conditions and what is done with them.

    Conditions 0 to S-1 are ``splits``, true where a row goes left: numbers of the tree's splits, those that any
    comparison decides first and from ``special`` on those that look at zeros or categories. After them come
    ``both``: (condition, wanted, condition, wanted), true where both are as wanted.
    """

    splits: list[int]
    special: int
    number: list[int]
    both: list[tuple[int, int, int, int]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    single: list[tuple[float, dict[int, Held]]] = field(default_factory=list)


class _Lists(NamedTuple):
    """A tree in plain lists; ``child`` has a split's right and left one, leaves numbered after the splits.

    ``rows`` are the training rows that came by.
    """

    feature: list[int]
    value: list[float]
    rows: list[int]
    child: list[tuple[int, int]]


def write_program(tree: Tree, sizes: Outline, most_bits: int) -> Program:
    """Cut a tree that has a split into groups of at most ``most_bits``; leaves with more stay single."""
    program = _with_splits(tree, sizes)
    splits, bits = len(tree.feature), sizes.bits.tolist()
    right, left = (np.where(c >= 0, c, splits + ~c).tolist() for c in (tree.right, tree.left))
    count = [*tree.count.tolist(), *tree.leaf_count.tolist()]
    plain = _Lists(tree.feature.tolist(), tree.value.tolist(), count, list(zip(right, left, strict=True)))
    waiting: list[tuple[int, dict[int, Held]]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if bits[node] <= most_bits:
            program.groups.append(_group(plain, program, node, path))
        elif node >= splits:
            program.single.append((plain.value[node - splits], path))
        else:
            feature = plain.feature[node]
            for wanted, below in enumerate(plain.child[node]):
                held = Held(program.number[node], wanted, count[below] / count[node])
                before = path.get(feature)
                waiting.append((below, {**path, feature: held if before is None else _and(program, before, held)}))
    return program


def _with_splits(tree: Tree, sizes: Outline) -> Program:
    distinct = [s for s, first in enumerate(sizes.same.tolist()) if s == first]
    hard = [tree.words[s] is not None or tree.missing[s] == 1 for s in range(len(tree.feature))]
    order = [s for s in distinct if not hard[s]] + [s for s in distinct if hard[s]]
    place = {s: number for number, s in enumerate(order)}
    number = [place[first] for first in sizes.same.tolist()]
    return Program(order, sum(not hard[s] for s in order), number)


def _and(program: Program, one: Held, other: Held) -> Held:
    """Return the condition that both hold; it is added to the program."""
    program.both.append((one.condition, one.wanted, other.condition, other.wanted))
    return Held(len(program.splits) + len(program.both) - 1, 1, one.share * other.share)


def _group(tree: _Lists, program: Program, root: int, path: dict[int, Held]) -> Group:
    splits = len(tree.feature)
    conditions = [held.condition for held in path.values()]
    inside: dict[int, int] = {}
    columns = {f: column for column, f in enumerate(path)}
    start = {f: (1 << j, held.wanted << j, held.share, j) for j, (f, held) in enumerate(path.items())}
    leaves = []
    waiting: list[tuple[int, dict[int, Bit]]] = [(root, start)]
    while waiting:
        node, bits = waiting.pop()
        if node >= splits:
            leaves.append((tree.value[node - splits], list(bits.values())))
            continue
        condition, feature = program.number[node], tree.feature[node]
        column = columns.setdefault(feature, len(columns))
        if condition not in inside:
            inside[condition] = len(conditions)
            conditions.append(condition)
        j = inside[condition]
        mask, wanted, share, _ = bits.get(feature, (0, 0, 1.0, column))
        for side, below in enumerate(tree.child[node]):
            part = tree.rows[below] / tree.rows[node]
            waiting.append((below, {**bits, feature: (mask | 1 << j, wanted | side << j, share * part, column)}))
    return Group(conditions, list(columns), leaves)
