# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0915, PLR0124
"""The numba kernel that ranks groups, finds who speaks for each, and tests which way it really pushes.

The test walks only trees that read a feature of the group, twice each: as the lead is, and as it would be with the
group's typical values. Numba does not notice a change of models/shap/kernel_decide.py (see there).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.shap.kernel_decide import goes_left, goes_left_special, without_dust

#: A push of a raw score below this is rounding, not a direction.
LEAST_PUSH = 1e-9


@njit(nogil=True, cache=True)
def choose(
    rows, contributions, agreed_push, scale, compared, walked,
    group_of, group_member_start, group_member, typical, direction, weight, group_start, group_root,
    split_feature, split_threshold, split_missing_left, split_special, split_word, words, child, leaf_value,
    out_group, out_speaker, out_points, left_out,
):  # fmt: skip
    """Fill the outputs (n, most) with each row's strongest groups that pass, -1 where there are no more.

    ``rows`` (n, f) may have more columns than the trees read; ``contributions`` (n, c) has one more for the agreed
    points, whose push is ``agreed_push`` (n,). ``left_out`` (2,) counts what failed: by direction, as typical.
    Without ``compared`` there are no typical values, without ``walked`` no trees: that part of the test is left.
    """
    groups = group_member_start.size - 1
    most = out_group.shape[1]
    points = np.empty(groups)
    for r in range(rows.shape[0]):
        points[:] = 0.0
        for c in range(contributions.shape[1]):
            points[group_of[c]] += contributions[r, c]
        points *= scale
        found = 0
        out_group[r] = -1
        while found < most:
            group = 0
            for g in range(1, groups):
                if abs(points[g]) > abs(points[group]):
                    group = g
            size = points[group]
            # Half a point rounds to none, as Python rounds.
            if not abs(size) > 0.5:
                break
            points[group] = 0.0
            sign = 1.0 if size > 0 else -1.0
            speaker, loudest = -1, 0.0
            for place in range(group_member_start[group], group_member_start[group + 1]):
                member = group_member[place]
                loud = contributions[r, member] * sign * weight[member]
                if loud > loudest and (not compared or _speaks(rows[r, member], member, typical, direction, sign)):
                    speaker, loudest = member, loud
            if speaker < 0:
                left_out[1] += 1
                continue
            if walked:
                push = 0.0
                if group_of.size > typical.size and group == group_of[group_of.size - 1]:
                    push = agreed_push[r]
                for place in range(group_start[group], group_start[group + 1]):
                    # Up to the first split on the group both walks are one; without such a split nothing changes.
                    node, fork = group_root[place], -1
                    while node >= 0:
                        feature = split_feature[node]
                        if fork < 0 and group_of[feature] == group:
                            fork = node
                        value = without_dust(rows[r, feature])
                        threshold, missing_left = split_threshold[node], split_missing_left[node]
                        if split_special[node]:
                            left = goes_left_special(
                                value, threshold, missing_left, split_word[node], split_word[node + 1], words
                            )
                        else:
                            left = goes_left(value, threshold, missing_left)
                        node = child[node, np.int64(left)]
                    if fork < 0:
                        continue
                    push += leaf_value[~node]
                    node = fork
                    while node >= 0:
                        feature = split_feature[node]
                        value = without_dust(typical[feature] if group_of[feature] == group else rows[r, feature])
                        threshold, missing_left = split_threshold[node], split_missing_left[node]
                        if split_special[node]:
                            left = goes_left_special(
                                value, threshold, missing_left, split_word[node], split_word[node + 1], words
                            )
                        else:
                            left = goes_left(value, threshold, missing_left)
                        node = child[node, np.int64(left)]
                    push -= leaf_value[~node]
                if push * sign < LEAST_PUSH:
                    left_out[0] += 1
                    continue
            out_group[r, found], out_speaker[r, found], out_points[r, found] = group, speaker, size
            found += 1


@njit(nogil=True, cache=True)
def _speaks(value, member, typical, direction, sign):
    """Tell whether a value differs from the typical one, and not against the direction asked of its feature."""
    if member >= typical.size:
        return True
    usual = typical[member]
    if value == usual or (value != value and usual != usual):
        return False
    return not (value - usual) * direction[member] * sign < 0.0
