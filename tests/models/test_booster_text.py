"""A booster that lost a part is refused before LightGBM sees it."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.booster_text import check_whole


@pytest.fixture(scope="module")
def text():
    chance = np.random.default_rng(1)
    matrix = chance.normal(size=(300, 4))
    data = lgb.Dataset(matrix, matrix[:, 0] > 0, feature_name=["é", "b", "c", "d"])
    return lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 7).model_to_string()


def test_whole_ones_pass(text):
    assert check_whole(text) is text
    empty = lgb.Booster(model_str=text).model_to_string(num_iteration=1)
    assert check_whole(empty) == empty


@pytest.mark.parametrize("share", [0, 0.01, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97])
def test_a_part_is_refused(text, share):
    with pytest.raises(ValueError, match="damaged"):
        check_whole(text[: int(len(text) * share)])


@pytest.mark.parametrize(
    ("old", "new"), [("Tree=3", "Tree=4"), ("num_leaves=", "num_leaves=1"), ("tree_sizes=", "t=")]
)
def test_a_changed_one_is_refused(text, old, new):
    with pytest.raises(ValueError, match="damaged"):
        check_whole(text.replace(old, new, 1))
