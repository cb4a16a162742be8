"""The numba kernel that fills the tables: a group's contributions under every pattern of its conditions.

A leaf of value v whose path has d features gives feature i::

    v * (o_i - z_i) * integral over t from 0 to 1 of the product over j other than i of (z_j * (1 - t) + o_j * t)

where z is the share of training rows that keep to the feature's part of the path and o is 1 where the row does:
the Shapley weight of a set of s among d - 1 others is the integral of ``t**s * (1 - t)**(d - 1 - s)``. The product
is a polynomial of degree d - 1, which Gauss and Legendre's rule of ``(d + 1) // 2`` points integrates exactly.
Every term is positive: nothing cancels, so that d may be large (Linear TreeSHAP, Bifet et al. and Yu et al. 2022,
has the same polynomial).
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def fill_tables(
    group_slot, group_feature, group_table, group_leaf,
    leaf_value, leaf_entry, entry_mask, entry_wanted, entry_share, entry_column,
    point, weight, most_entries, table,
):  # fmt: skip
    """Fill ``table`` (lines of all groups one after another).

    ``group_*`` (G+1,) bound a group's conditions, features, numbers in the table, and leaves; ``leaf_entry``
    bounds a leaf's entries, one a feature. The n points of a rule start at ``n * (n - 1) // 2`` of ``point`` and
    ``weight``.
    """
    before = np.empty(most_entries)
    total = np.empty(most_entries)
    kept = np.empty(most_entries)
    for group in range(group_slot.size - 1):
        lines = 1 << (group_slot[group + 1] - group_slot[group])
        width = group_feature[group + 1] - group_feature[group]
        for pattern in range(lines):
            line = group_table[group] + pattern * width
            for leaf in range(group_leaf[group], group_leaf[group + 1]):
                first = leaf_entry[leaf]
                size = leaf_entry[leaf + 1] - first
                for k in range(size):
                    total[k] = 0.0
                    kept[k] = 1.0 if pattern & entry_mask[first + k] == entry_wanted[first + k] else 0.0
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
                    share = entry_share[first + k]
                    table[line + entry_column[first + k]] += leaf_value[leaf] * ((kept[k] - share) * total[k])
