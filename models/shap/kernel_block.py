"""The numba kernel that explains many rows: blocks of them, in each block tree by tree.

A tree's conditions and tables are read once for a block, and the loops over its rows, the innermost ones, run in
the machine's vectors. Each row's sums are those of ``kernel_one.py``, in the same order. Numba does not notice a
change of kernel_decide.py (see there).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.shap.kernel_decide import goes_left, goes_left_special, without_dust

#: Rows of a block: few enough for their sums to stay in the second cache, many enough to pay for reading a tree.
BLOCK = 256
_BLOCK = BLOCK


@njit(nogil=True, cache=True)
def explain_block(
    rows, most_conditions, most_entries,
    tree_split, tree_special, split_feature, split_threshold, split_missing_left, split_word, words,
    tree_both, both, tree_group, group_slot, slot_condition, group_feature, column_feature, group_table, table,
    tree_single, single_value, single_entry, entry_condition, entry_wanted, entry_share, entry_feature,
    point, weight, out,
):  # fmt: skip
    """Fill ``out`` (n, f) with the contributions of ``rows`` (n, f); the arrays are those of ``Tables``."""
    features = rows.shape[1]
    x = np.empty((features, _BLOCK))
    sums = np.empty((features, _BLOCK))
    single = np.empty((features, _BLOCK))
    holds = np.empty((most_conditions, _BLOCK), np.uint8)
    pattern = np.empty(_BLOCK, np.uint32)
    product = np.empty(_BLOCK)
    before = np.empty((most_entries, _BLOCK))
    total = np.empty((most_entries, _BLOCK))
    kept = np.empty((most_entries, _BLOCK))
    for start in range(0, rows.shape[0], _BLOCK):
        n = min(_BLOCK, rows.shape[0] - start)
        for f in range(features):
            for r in range(n):
                x[f, r] = without_dust(rows[start + r, f])
            sums[f, :n] = 0.0
            single[f, :n] = 0.0
        for tree in range(tree_split.size - 1):
            first_split = tree_split[tree]
            special = tree_special[tree]
            end = tree_split[tree + 1]
            for s in range(first_split, end):
                values, answers = x[split_feature[s]], holds[s - first_split]
                threshold, missing_left = split_threshold[s], split_missing_left[s]
                if s >= special:
                    low, high = split_word[s], split_word[s + 1]
                    for r in range(n):
                        answers[r] = goes_left_special(values[r], threshold, missing_left, low, high, words)
                else:
                    for r in range(n):
                        answers[r] = goes_left(values[r], threshold, missing_left)
            place = end - first_split
            for b in range(tree_both[tree], tree_both[tree + 1]):
                one, other, answers = holds[both[b, 0]], holds[both[b, 2]], holds[place]
                first_wanted, second_wanted = both[b, 1], both[b, 3]
                for r in range(n):
                    answers[r] = (one[r] == first_wanted) & (other[r] == second_wanted)
                place += 1
            for group in range(tree_group[tree], tree_group[tree + 1]):
                first = group_feature[group]
                width = group_feature[group + 1] - first
                slot = group_slot[group]
                for r in range(n):
                    pattern[r] = 0
                for j in range(group_slot[group + 1] - slot):
                    answers = holds[slot_condition[slot + j]]
                    for r in range(n):
                        pattern[r] |= np.uint32(answers[r]) << np.uint32(j)
                lines = table[group_table[group] : group_table[group + 1]]
                for r in range(n):
                    pattern[r] *= np.uint32(width)
                for k in range(width):
                    target, column = sums[column_feature[first + k]], lines[k:]
                    for r in range(n):
                        target[r] += column[pattern[r]]
            for leaf in range(tree_single[tree], tree_single[tree + 1]):
                first = single_entry[leaf]
                size = single_entry[leaf + 1] - first
                for k in range(size):
                    answers, wanted = holds[entry_condition[first + k]], entry_wanted[first + k]
                    for r in range(n):
                        total[k, r] = 0.0
                        kept[k, r] = 1.0 if answers[r] == wanted else 0.0
                points = (size + 1) // 2
                rule = points * (points - 1) // 2
                for q in range(rule, rule + points):
                    t = point[q]
                    product[:n] = weight[q]
                    for k in range(size):
                        share = entry_share[first + k] * (1.0 - t)
                        for r in range(n):
                            before[k, r] = product[r]
                            product[r] *= share + kept[k, r] * t
                    product[:n] = 1.0
                    for k in range(size - 1, -1, -1):
                        share = entry_share[first + k] * (1.0 - t)
                        for r in range(n):
                            total[k, r] += before[k, r] * product[r]
                            product[r] *= share + kept[k, r] * t
                for k in range(size):
                    target, share = single[entry_feature[first + k]], entry_share[first + k]
                    value = single_value[leaf]
                    for r in range(n):
                        target[r] += value * ((kept[k, r] - share) * total[k, r])
        for r in range(n):
            for f in range(features):
                out[start + r, f] = sums[f, r] + single[f, r]
