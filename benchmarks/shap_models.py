"""The models that benchmarks.shap explains, grown on made-up rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

TREES, FEATURES, ROWS = 300, 60, 20_000


def made_rows(rng: np.random.Generator, n: int, categories: int = 0) -> np.ndarray:
    """Return float64 (n, 60): a tenth missing, the last columns categories of 20 levels."""
    X = rng.normal(size=(n, FEATURES))
    X[rng.random(X.shape) < 0.1] = np.nan
    if categories:
        X[:, -categories:] = rng.integers(0, 20, (n, categories))
    return X


def grow(rng: np.random.Generator, categories: int = 0, **settings: object) -> lgb.Booster:
    """Return 300 trees of LightGBM's own defaults (31 leaves) but for the settings given."""
    X = made_rows(rng, ROWS, categories)
    seen = np.nan_to_num(X)
    total = seen[:, :20] @ rng.normal(size=20) * 0.4 + seen[:, 0] * seen[:, 1] + np.sin(2 * seen[:, 2]) - 1
    if categories:
        total += seen[:, -1] % 3 == 0
    y = rng.random(ROWS) < 1 / (1 + np.exp(-total))
    options = {"objective": "binary", "learning_rate": 0.05, "min_data_in_leaf": 50, "feature_fraction": 0.5}
    fixed = {"verbosity": -1, "num_threads": 2, "deterministic": True, "force_row_wise": True, "seed": 1}
    columns = list(range(FEATURES - categories, FEATURES))
    data = lgb.Dataset(X, y.astype(float), categorical_feature=columns)
    return lgb.train({**options, **fixed, **settings}, data, TREES)


def models(given: Path | None) -> dict[str, tuple[lgb.Booster, np.ndarray]]:
    """Return each model with 100,000 rows to explain; ``given`` is the booster.txt of a saved model."""
    rng = np.random.default_rng(0)
    rows = made_rows(rng, 100_000)
    found = {
        "31 leaves, depth free": (grow(rng), rows),
        "31 leaves, depth 6": (grow(rng, max_depth=6), rows),
        "31 leaves, depth 4": (grow(rng, max_depth=4), rows),
        "as our champions, 8 leaves, 3 categories": (
            grow(
                rng, 3, num_leaves=8, min_data_in_leaf=100, feature_fraction=0.4, lambda_l2=10.0, cat_smooth=50.0
            ),
            made_rows(rng, 100_000, 3),
        ),
    }
    if given is not None:
        booster = lgb.Booster(model_file=str(given))
        found[f"the given model, {booster.num_trees()} trees"] = (booster, _within(booster, rng, 100_000))
    return found


def _within(booster: lgb.Booster, rng: np.random.Generator, n: int) -> np.ndarray:
    """Return rows for any booster: each column between the ends that it saw, or of its categories."""
    X = np.empty((n, booster.num_feature()))
    line = next(line for line in booster.model_to_string().split("\n") if line.startswith("feature_infos="))
    for f, info in enumerate(line.removeprefix("feature_infos=").split()):
        if info.startswith("["):
            low, high = (float(end) for end in info.strip("[]").split(":"))
            X[:, f] = low + (high - low) * rng.random(n) ** 4
        else:
            X[:, f] = rng.choice([float(level) for level in info.split(":")], n) if info != "none" else 0.0
    X[rng.random(X.shape) < 0.1] = np.nan
    return X
