"""Trees are cut into groups within the memory given, each leaf once."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.shap.outline import choose_bits, outline
from models.shap.program import write_program
from models.shap.tables import prepare
from models.shap.trees import read_trees
from tests.models.shap.boosters import ORDINARY


@pytest.fixture(scope="module")
def trees():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 12))
    y = X @ rng.normal(size=12) + X[:, 0] * X[:, 1]
    booster = lgb.train(ORDINARY | {"objective": "regression", "num_leaves": 31}, lgb.Dataset(X, y), 10)
    return read_trees(booster)


@pytest.mark.parametrize("bits", range(11))
def test_each_leaf_is_in_one_group_or_stands_alone(trees, bits):
    for tree in trees:
        sizes = outline(tree)
        program = write_program(tree, sizes, bits)
        values = [value for group in program.groups for value, _ in group.leaves]
        values += [value for value, _ in program.single]
        assert sorted(values) == sorted(tree.value)
        assert all(len(group.conditions) <= bits for group in program.groups)
        assert all(len(path) > bits for _, path in program.single)


@pytest.mark.parametrize("budget", [0, 10_000, 100_000, 1_000_000, 10**9])
def test_tables_keep_within_their_memory_and_are_the_largest_that_do(trees, budget):
    outlines = [outline(tree) for tree in trees]
    bits = choose_bits(outlines, budget)
    assert prepare(trees, budget).table.nbytes <= budget
    if bits < 10:
        groups = [g for t, o in zip(trees, outlines, strict=True) for g in write_program(t, o, bits + 1).groups]
        assert sum(len(g.features) * 2 ** len(g.conditions) * 8 for g in groups) > budget


def test_what_each_group_would_take_is_known_beforehand(trees):
    for tree in trees:
        sizes = outline(tree)
        for bits in (4, 7, 10):
            chosen = (sizes.bits <= bits) & (sizes.above > bits)
            groups = write_program(tree, sizes, bits).groups
            expected = sorted(zip(sizes.bits[chosen], sizes.width[chosen], strict=True))
            assert sorted((len(g.conditions), len(g.features)) for g in groups) == expected
