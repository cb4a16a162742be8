"""The numba kernel that explains one row: conditions, then a line of each group's table, tree by tree.

``kernel_block.py`` computes the same for many rows, in the same order of the same operations: the bits agree.
Numba does not notice a change of kernel_decide.py (see there).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.shap.kernel_decide import goes_left, goes_left_special, without_dust


@njit(nogil=True, cache=True)
def explain_one(
    row, most_conditions, most_entries,
    tree_split, tree_special, split_feature, split_threshold, split_missing_left, split_word, words,
    tree_both, both, tree_group, group_slot, slot_condition, group_feature, column_feature, group_table, table,
    tree_single, single_value, single_entry, entry_condition, entry_wanted, entry_share, entry_feature,
    point, weight, out,
):  # fmt: skip
    """Fill ``out`` (f,) with the contributions of ``row`` (f,); the arrays are those of ``Tables``."""
    x = np.empty(row.size)
    for f in range(row.size):
        x[f] = without_dust(row[f])
        out[f] = 0.0
    holds = np.empty(most_conditions, np.uint8)
    before = np.empty(most_entries)
    total = np.empty(most_entries)
    kept = np.empty(most_entries)
    for tree in range(tree_split.size - 1):
        first_split = tree_split[tree]
        special = tree_special[tree]
        end = tree_split[tree + 1]
        for s in range(first_split, special):
            holds[s - first_split] = goes_left(x[split_feature[s]], split_threshold[s], split_missing_left[s])
        for s in range(special, end):
            holds[s - first_split] = goes_left_special(
                x[split_feature[s]], split_threshold[s], split_missing_left[s], split_word[s], split_word[s + 1], words
            )
        place = end - first_split
        for b in range(tree_both[tree], tree_both[tree + 1]):
            holds[place] = (holds[both[b, 0]] == both[b, 1]) & (holds[both[b, 2]] == both[b, 3])
            place += 1
        for group in range(tree_group[tree], tree_group[tree + 1]):
            pattern = 0
            slot = group_slot[group]
            for j in range(group_slot[group + 1] - slot):
                pattern |= np.int64(holds[slot_condition[slot + j]]) << j
            first = group_feature[group]
            width = group_feature[group + 1] - first
            line = group_table[group] + pattern * width
            for k in range(width):
                out[column_feature[first + k]] += table[line + k]
        for leaf in range(tree_single[tree], tree_single[tree + 1]):
            first = single_entry[leaf]
            size = single_entry[leaf + 1] - first
            for k in range(size):
                total[k] = 0.0
                kept[k] = 1.0 if holds[entry_condition[first + k]] == entry_wanted[first + k] else 0.0
            points = (size + 1) // 2
            rule = points * (points - 1) // 2
            for q in range(rule, rule + points):
                t = point[q]
                product = weight[q]
                for k in range(size):
                    before[k] = product
                    product *= entry_share[first + k] * (1.0 - t) + kept[k] * t
                product = 1.0
                for k in range(size - 1, -1, -1):
                    total[k] += before[k] * product
                    product *= entry_share[first + k] * (1.0 - t) + kept[k] * t
            for k in range(size):
                out[entry_feature[first + k]] += single_value[leaf] * ((kept[k] - entry_share[first + k]) * total[k])
