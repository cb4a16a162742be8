"""The numba kernel that explains one row: first which line of each group's table is its own, then their sum.

Looking up is bound by memory. All lines are asked for while the conditions of later trees are still being
computed, so that waiting for one is waiting for many. ``kernel_block.py`` computes the same for many rows, in the
same order of the same operations: the bits agree. Numba does not notice a change of kernel_decide.py or
prefetch.py (see there).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.shap.kernel_decide import goes_left, goes_left_special, without_dust
from models.shap.prefetch import prefetch


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
    single = np.zeros(row.size)
    for f in range(row.size):
        x[f] = without_dust(row[f])
        out[f] = 0.0
    holds = np.empty(most_conditions, np.uint8)
    lines = np.empty(group_slot.size, np.int64)
    before = np.empty(most_entries)
    total = np.empty(most_entries)
    kept = np.empty(most_entries)
    for tree in range(tree_split.size - 1):
        first_split, special, end = tree_split[tree], tree_special[tree], tree_split[tree + 1]
        # Slices: the compiler sees that no index within them is negative.
        plain = holds[: special - first_split]
        features, thresholds = split_feature[first_split:special], split_threshold[first_split:special]
        missing_left = split_missing_left[first_split:special]
        for s in range(plain.size):
            plain[s] = goes_left(x[features[s]], thresholds[s], missing_left[s])
        for s in range(special, end):
            value, low, high = x[split_feature[s]], split_word[s], split_word[s + 1]
            holds[s - first_split] = goes_left_special(
                value, split_threshold[s], split_missing_left[s], low, high, words
            )
        place = end - first_split
        for b in range(tree_both[tree], tree_both[tree + 1]):
            holds[place] = (holds[both[b, 0]] == both[b, 1]) & (holds[both[b, 2]] == both[b, 3])
            place += 1
        for group in range(tree_group[tree], tree_group[tree + 1]):
            pattern = 0
            conditions = slot_condition[group_slot[group] : group_slot[group + 1]]
            for j in range(conditions.size):
                pattern |= np.int64(holds[conditions[j]]) << j
            width = group_feature[group + 1] - group_feature[group]
            line = group_table[group] + pattern * width
            prefetch(table, line)
            prefetch(table, line + width - 1)
            lines[group] = line
        for leaf in range(tree_single[tree], tree_single[tree + 1]):
            first, last = single_entry[leaf], single_entry[leaf + 1]
            conditions, wanted = entry_condition[first:last], entry_wanted[first:last]
            shares, columns = entry_share[first:last], entry_feature[first:last]
            size = shares.size
            for k in range(size):
                total[k] = 0.0
                kept[k] = 1.0 if holds[conditions[k]] == wanted[k] else 0.0
            points = (size + 1) // 2
            rule = points * (points - 1) // 2
            for q in range(rule, rule + points):
                t = point[q]
                product = weight[q]
                for k in range(size):
                    before[k] = product
                    product *= shares[k] * (1.0 - t) + kept[k] * t
                product = 1.0
                for k in range(size - 1, -1, -1):
                    total[k] += before[k] * product
                    product *= shares[k] * (1.0 - t) + kept[k] * t
            for k in range(size):
                single[columns[k]] += single_value[leaf] * ((kept[k] - shares[k]) * total[k])
    for group in range(group_slot.size - 1):
        columns = column_feature[group_feature[group] : group_feature[group + 1]]
        values = table[lines[group] : lines[group] + columns.size]
        for k in range(columns.size):
            out[columns[k]] += values[k]
    for f in range(row.size):
        out[f] += single[f]
