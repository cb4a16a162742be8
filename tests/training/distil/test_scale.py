"""Grades of a distilled card: as many leads as agreed, and none that nobody can have."""

from __future__ import annotations

import numpy as np
import pytest

from training.distil.scale import cuts_near


@pytest.mark.parametrize("share", [0.0, 0.001, 0.04])
def test_the_best_grade_can_be_had_however_few_are_to_have_it(share):
    total = np.repeat([0, 10, 20, 30], [500, 300, 150, 50])
    cuts = cuts_near(total, (share, 0.2, 0.5))
    assert cuts[0] == 30
    assert cuts[0] > cuts[1] > cuts[2]


def test_cuts_fall_where_one_value_is_nearest_to_all_shares():
    assert cuts_near(np.array([0, 10]), (0.5, 0.5, 0.5)) == (10, 0, -1)
