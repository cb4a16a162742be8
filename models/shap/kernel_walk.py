"""The numba kernel of the raw score: each row walks down every tree, leaves are summed in the trees' order.

The order is LightGBM's, and so are the bits. Numba does not notice a change of kernel_decide.py (see there).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.shap.kernel_decide import goes_left, goes_left_special, without_dust


@njit(nogil=True, cache=True)
def walk(
    rows, split_feature, split_threshold, split_missing_left, split_special, split_word, words,
    tree_root, child, leaf_value, out,
):  # fmt: skip
    """Fill ``out`` (n,) with the raw scores of ``rows`` (n, f).

    ``child`` (S, 2) has where a row goes to the right and to the left: a split, or a leaf as ``~leaf``.
    """
    x = np.empty(rows.shape[1])
    for r in range(rows.shape[0]):
        for f in range(x.size):
            x[f] = without_dust(rows[r, f])
        score = 0.0
        for tree in range(tree_root.size):
            node = tree_root[tree]
            while node >= 0:
                value = x[split_feature[node]]
                threshold, missing_left = split_threshold[node], split_missing_left[node]
                if split_special[node]:
                    left = goes_left_special(
                        value, threshold, missing_left, split_word[node], split_word[node + 1], words
                    )
                else:
                    left = goes_left(value, threshold, missing_left)
                node = child[node, np.int64(left)]
            score += leaf_value[~node]
        out[r] = score
