"""Shapley values from their definition: every subset of features, its expectation from the trees' own counts."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

ZERO = float(np.float32(1e-35))


def goes_left(tree, split, value):
    """Decide a split as LightGBM's documentation and source state it, one rule after another."""
    value = 0.0 if abs(value) <= ZERO else value
    if tree.words[split] is not None:
        if np.isnan(value) or not -1 < value < 2**31:
            return False
        word, bit = divmod(int(value), 32)
        words = tree.words[split]
        return word < len(words) and bool(int(words[word]) >> bit & 1)
    if np.isnan(value) and tree.missing[split] != 2:
        value = 0.0
    if (tree.missing[split] == 1 and value == 0) or (tree.missing[split] == 2 and np.isnan(value)):
        return bool(tree.default_left[split])
    return value <= tree.threshold[split]


def expectation(tree, row, known, node=0):
    """Mean of a tree over the training rows, its way given only at splits of known features."""
    if len(tree.feature) == 0 or node < 0:
        return tree.value[~node if node < 0 else 0]
    children = tree.left[node], tree.right[node]
    if tree.feature[node] in known:
        return expectation(tree, row, known, children[0 if goes_left(tree, node, row[tree.feature[node]]) else 1])
    rows = [tree.count[c] if c >= 0 else tree.leaf_count[~c] for c in children]
    means = [expectation(tree, row, known, c) for c in children]
    return (rows[0] * means[0] + rows[1] * means[1]) / tree.count[node]


def shapley(trees, row):
    """Return each feature's value, float64 (f,); the work doubles with every feature that a tree reads."""
    values = np.zeros(len(row))
    for tree in trees:
        read = sorted(set(tree.feature.tolist()))
        mean = {
            frozenset(known): expectation(tree, row, known)
            for size in range(len(read) + 1)
            for known in combinations(read, size)
        }
        for known, without in mean.items():
            share = factorial(len(known)) * factorial(len(read) - len(known) - 1) if len(known) < len(read) else 0
            for feature in read:
                if feature not in known:
                    values[feature] += share / factorial(len(read)) * (mean[known | {feature}] - without)
    return values
