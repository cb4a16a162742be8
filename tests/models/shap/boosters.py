"""Small boosters of every kind on made-up rows, and rows that lie on the edges of their splits."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from models.merge import merge_boosters
from models.shap.trees import read_trees

ORDINARY = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "min_data_in_bin": 1}
KINDS = ("number", "few", "category", "sparse")


@st.composite
def specifications(draw):
    """Return what to grow: columns, rows, and LightGBM's settings."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=7))
    number = [kind != "category" for kind in kinds]
    leaves = draw(st.sampled_from([64, 31, 8, 8, 2]))
    settings = {
        "objective": draw(st.sampled_from(["binary", "regression"])),
        "num_leaves": leaves,
        "max_depth": draw(st.sampled_from([-1, -1, 2, 4, 6])),
        "min_data_in_leaf": draw(st.sampled_from([1, 1, 5, 30])),
        "learning_rate": draw(st.sampled_from([0.05, 0.3, 1.0])),
        "use_missing": draw(st.booleans()),
        "zero_as_missing": draw(st.booleans()),
        "max_cat_to_onehot": draw(st.sampled_from([1, 4, 30])),
        "cat_smooth": 1.0,
        "min_data_per_group": 1,
        "bagging_fraction": draw(st.sampled_from([0.6, 1.0])),
        "bagging_freq": 1,
        "feature_fraction": draw(st.sampled_from([0.5, 1.0])),
    }
    if draw(st.booleans()):
        signs = st.sampled_from([-1, 0, 1])
        settings["monotone_constraints"] = [draw(signs) if is_number else 0 for is_number in number]
    return {
        "kinds": kinds,
        "rows": draw(st.sampled_from([400, 400, 100, 12])),
        "missing": draw(st.sampled_from([0.0, 0.2])),
        "trees": draw(st.integers(1, 5)),
        "bags": draw(st.sampled_from([1, 1, 3])),
        "seed": draw(st.integers(0, 10_000)),
        "settings": settings,
    }


def made_rows(kinds, n, missing, rng):
    columns = []
    for kind in kinds:
        if kind == "number":
            column = rng.normal(size=n)
        elif kind == "few":
            column = rng.integers(-2, 4, n).astype(float)
        elif kind == "category":
            column = rng.integers(0, 70, n).astype(float) % rng.choice([4, 70])
        else:
            column = np.where(rng.random(n) < 0.6, 0.0, rng.exponential(size=n))
        columns.append(np.where(rng.random(n) < missing, np.nan, column))
    return np.column_stack(columns)


def grown(spec):
    """Return a booster and rows to ask it about: those that it learnt from, and edges."""
    rng = np.random.default_rng(spec["seed"])
    X = made_rows(spec["kinds"], spec["rows"], spec["missing"], rng)
    seen = np.nan_to_num(X)
    y = seen @ rng.normal(size=X.shape[1]) + np.sin(3 * seen[:, 0]) * seen[:, -1] + rng.normal(size=len(X)) / 4
    if spec["settings"]["objective"] == "binary":
        y = (y > np.median(y)).astype(float)
    boosters = []
    for bag in range(spec["bags"]):
        data = lgb.Dataset(X, y, categorical_feature=[i for i, k in enumerate(spec["kinds"]) if k == "category"])
        try:
            boosters.append(lgb.train(ORDINARY | spec["settings"] | {"seed": bag}, data, spec["trees"]))
        except lgb.basic.LightGBMError:
            # LightGBM's own check of split counts fails now and then on so few rows.
            reject()
    booster = boosters[0] if len(boosters) == 1 else merge_boosters(boosters)
    return booster, np.vstack([X[:40], edge_rows(booster, X, rng)])


def edge_rows(booster, X, rng, n=60):
    """Return rows of what a split may stumble over: its threshold and both neighbours, NaN, dust, no category."""
    near_zero = [0.0, -0.0, 1e-36, -1e-36, 1e-35, 2e-35, -0.5, 0.5]
    strange = [np.nan, np.inf, -np.inf, -1.0, 3.7, 71.0, 1e10, 2.0**31]
    values = [near_zero + strange for _ in range(X.shape[1])]
    for tree in read_trees(booster):
        for feature, threshold in zip(tree.feature.tolist(), tree.threshold.tolist(), strict=True):
            rounded = float(np.float32(threshold)) if abs(threshold) < 1e38 else threshold
            values[feature] += [threshold, rounded, *(np.nextafter(threshold, end) for end in (-np.inf, np.inf))]
    rows = X[rng.integers(0, len(X), n)].copy()
    for column, choices in enumerate(values):
        strays = rng.random(n) < 0.7
        rows[strays, column] = rng.choice(choices, strays.sum())
    return rows
