"""Cut points: sensible, few, and with something on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from training.distil.cuts import has_none, is_whole, ranges, sensible_cuts


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.geomspace(1, 10_000, 500), [2, 10, 20, 50, 200, 500, 1000, 5000]),
        (np.array([0.0, 1.0, 1.0, 3.0]), [1, 3]),
        (np.array([1.0, 3.1622776, 7.07]), [3, 7]),
        (np.array([4.0, 4.0]), []),
        (np.array([np.nan]), []),
    ],
)
def test_cuts(values, expected):
    assert sensible_cuts(values) == pytest.approx(expected)


def test_years_are_cut_by_quantiles():
    cuts = sensible_cuts(np.linspace(1990.0, 2020.0, 400))
    assert len(cuts) >= 3
    assert all(1990 < cut <= 2020 for cut in cuts)


def test_ranges_of_whole_numbers_do_not_overlap():
    assert (10.0, 49.0) in ranges([10.0, 50.0], whole=True)
    assert (10.0, 50.0) in ranges([10.0, 50.0], whole=False)
    assert (None, 0.0) in ranges([1.0], whole=False, none=True)
    assert is_whole(np.array([1.0, np.nan, 3.0]))
    assert not is_whole(np.array([1.5]))
    assert has_none(np.array([0.0, 1.0]))
    assert not has_none(np.array([-1.0, 0.0]))
