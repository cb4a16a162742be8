"""What is to be computed for a row, tree by tree: conditions, groups with a table, and leaves without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

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


class Bit(NamedTuple):
    """The same within a group: a row keeps to it where ``pattern & mask == wanted``."""

    mask: int
    wanted: int
    share: float


@dataclass
class Group:
    """Leaves that share a table: its conditions (bit j of the pattern is condition j) and its features.

    ``leaves`` are pairs of a leaf's value and its bits by feature.
    """

    conditions: list[int]
    features: list[int]
    leaves: list[tuple[float, dict[int, Bit]]]


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


def write_program(tree: Tree, sizes: Outline, most_bits: int) -> Program:
    """Cut a tree that has a split into groups of at most ``most_bits``; leaves with more stay single."""
    program = _with_splits(tree, sizes)
    splits, bits = len(tree.feature), sizes.bits.tolist()
    count = [*tree.count.tolist(), *tree.leaf_count.tolist()]
    value, feature = tree.value.tolist(), tree.feature.tolist()
    waiting: list[tuple[int, dict[int, Held]]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if bits[node] <= most_bits:
            program.groups.append(_group(tree, program, count, node, path))
        elif node >= splits:
            program.single.append((value[node - splits], path))
        else:
            for child, wanted in ((tree.right[node], 0), (tree.left[node], 1)):
                below = int(child) if child >= 0 else splits + ~int(child)
                held = Held(program.number[node], wanted, count[below] / count[node])
                before = path.get(feature[node])
                waiting.append((below, path | {feature[node]: held if before is None else _and(program, before, held)}))
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


def _group(tree: Tree, program: Program, count: list[int], root: int, path: dict[int, Held]) -> Group:
    splits = len(tree.feature)
    conditions = [held.condition for held in path.values()]
    inside: dict[int, int] = {}
    start = {f: Bit(1 << j, held.wanted << j, held.share) for j, (f, held) in enumerate(path.items())}
    features = dict.fromkeys(path)
    leaves = []
    waiting = [(root, start)]
    while waiting:
        node, bits = waiting.pop()
        if node >= splits:
            leaves.append((float(tree.value[node - splits]), bits))
            continue
        condition, feature = program.number[node], int(tree.feature[node])
        features[feature] = None
        if condition not in inside:
            inside[condition] = len(conditions)
            conditions.append(condition)
        j = inside[condition]
        before = bits.get(feature, Bit(0, 0, 1.0))
        for child, wanted in ((tree.right[node], 0), (tree.left[node], 1)):
            below = int(child) if child >= 0 else splits + ~int(child)
            share = before.share * (count[below] / count[node])
            waiting.append((below, bits | {feature: Bit(before.mask | 1 << j, before.wanted | wanted << j, share)}))
    return Group(conditions, list(features), leaves)
