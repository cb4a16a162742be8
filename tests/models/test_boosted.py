"""Boosted trees: scikit-learn's manners, the same trees whatever the threads, and contributions that add up."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from models.boosted import BoostedTrees, raw_log_odds, tree_contributions

NAMES = ["size", "visits", "country", "noise"]


@pytest.fixture(scope="module")
def data():
    """1500 rows: size and visits matter, country 2 does too, some values are missing."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 4))
    X[:, 2] = rng.integers(0, 5, 1500)
    X[rng.random((1500, 4)) < 0.1] = np.nan
    seen = np.nan_to_num(X)
    y = (rng.random(1500) < 1 / (1 + np.exp(1 - seen[:, 0] - seen[:, 1] - 2 * (seen[:, 2] == 2)))).astype(int)
    return X, y


def fit(data, **more):
    X, y = data
    options = {"n_estimators": 30, "min_child_samples": 20, "reg_lambda": 1.0, "cat_smooth": 5.0, "n_jobs": 1}
    settings = {"feature_names": NAMES, "categories": [2]}
    keys = ("eval_set", "directions", "weight", "offset", "eval_weight", "eval_offset", "on_round")
    fit_options = {key: more.pop(key) for key in keys if key in more}
    return BoostedTrees(**options | more).fit(X, y, **settings, **fit_options)


@pytest.fixture(scope="module")
def trees(data):
    return fit(data)


def test_parameters_are_kept_as_given_and_cloned():
    trees = BoostedTrees(num_leaves=3, random_state=7)
    assert trees.get_params()["num_leaves"] == 3
    copy = clone(trees.set_params(learning_rate=0.2))
    assert copy is not trees
    assert copy.get_params() == trees.get_params() | {"learning_rate": 0.2}
    with pytest.raises(NotFittedError):
        copy.decision_function(np.zeros((1, 4)))


def as_text(trees):
    return trees.booster_.model_to_string(num_iteration=trees.best_iteration_)


def test_one_thread_and_two_grow_the_same_trees(data, trees):
    def body(fitted):
        return as_text(fitted).split("\nparameters:")[0]

    assert body(fit(data, n_jobs=1)) == body(fit(data, n_jobs=2)) == body(trees)
    assert body(fit(data, random_state=1)) != body(trees)


def test_predictions_agree_with_one_another(data, trees):
    X, y = data
    log_odds = trees.decision_function(X)
    probability = trees.predict_proba(X)
    assert probability.shape == (1500, 2)
    np.testing.assert_allclose(probability[:, 1], 1 / (1 + np.exp(-log_odds)))
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert (trees.predict(X) == (log_odds > 0)).all()
    assert trees.score(X, y) > 0.7
    assert (trees.n_features_in_, trees.classes_.tolist()) == (4, [0, 1])


def test_one_row_and_many_give_the_same_bits(data, trees):
    X = data[0][:100]
    many = raw_log_odds(trees.booster_, X)
    assert [raw_log_odds(trees.booster_, row[None, :])[0] for row in X] == many.tolist()


def test_contributions_add_up_to_the_raw_score(data, trees):
    X = data[0]
    values, base = tree_contributions(trees.booster_, X)
    assert values.shape == (1500, 4)
    np.testing.assert_allclose(base + values.sum(axis=1), trees.decision_function(X), atol=1e-9, rtol=0)
    assert np.abs(values[:, 1]).mean() > np.abs(values[:, 3]).mean(), "visits matter, noise does not"


# shap colours its plots on import, in a way that matplotlib plans to drop; this can go with a later shap.
@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")
# It also says that it gives a list for binary classifiers, and gives an array.
@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer:UserWarning")
def test_contributions_are_the_tree_explainers(data, trees):
    import shap  # noqa: PLC0415 - slow, and warns

    X = data[0][:200]
    explainer = shap.TreeExplainer(trees.booster_)
    values, base = tree_contributions(trees.booster_, X)
    np.testing.assert_allclose(values, explainer.shap_values(X), atol=1e-9)
    assert base == pytest.approx(float(np.ravel(explainer.expected_value)[-1]), abs=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_direction_is_honoured(data, sign):
    """The labels rise with visits: told to rise the trees follow, told to fall they make no use of it."""
    bound = fit(data, directions=[0, sign, 0, 0])
    free = fit(data)
    rows = np.repeat(np.nan_to_num(data[0][:40]), 50, axis=0)
    rows[:, 1] = np.tile(np.linspace(-3, 3, 50), 40)
    steps = np.diff(bound.decision_function(rows).reshape(40, 50), axis=1)
    assert (steps * sign >= 0).all()
    assert (np.diff(free.decision_function(rows).reshape(40, 50), axis=1) > 0).any()


def test_column_names_order_and_categories_are_kept(data, trees):
    assert trees.booster_.feature_name() == NAMES
    text = as_text(trees)
    assert "feature_names=size visits country noise" in text
    again = lgb.Booster(model_str=text)
    np.testing.assert_array_equal(again.predict(data[0], raw_score=True), trees.decision_function(data[0]))
    country = [t for t in text.split("Tree=")[1:] if "cat_threshold" in t]
    assert country, "the category splits as one"


def test_an_evaluation_set_stops_early_and_each_round_is_reported(data):
    X, y = data
    rng = np.random.default_rng(1)
    eval_set = (X[:300], rng.permutation(y[:300]))
    seen = []
    stopped = fit(
        data,
        eval_set=eval_set,
        n_estimators=200,
        early_stopping_rounds=5,
        on_round=lambda number, loss: seen.append((number, loss)),
    )
    assert stopped.best_iteration_ < 200
    losses = [loss for _, loss in seen]
    assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
    assert stopped.best_iteration_ == int(np.argmin(losses)) + 1
    assert lgb.Booster(model_str=as_text(stopped)).num_trees() == stopped.best_iteration_


def test_without_an_evaluation_set_all_rounds_are_grown(data):
    seen = []
    grown = fit(data, n_estimators=7, on_round=lambda number, loss: seen.append((number, loss)))
    assert grown.best_iteration_ == grown.booster_.num_trees() == 7
    assert seen == [(i, None) for i in range(1, 8)]


def test_rows_count_by_their_weights(data):
    """Trees that may not split say the weighted rate, and splitting trees care for the weights too."""
    X, y = data
    weight = np.where(y == 1, 3.0, 1.0)
    rate = np.average(y, weights=weight)
    flat = fit(data, weight=weight, min_child_samples=1000)
    np.testing.assert_allclose(flat.predict_proba(X)[:, 1], rate)
    assert fit(data, weight=weight).predict_proba(X)[:, 1].mean() == pytest.approx(rate, abs=0.05)
    assert fit(data).predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.05)


def test_an_offset_is_where_rows_start_from_and_no_part_of_the_score(data):
    X = data[0]
    told = fit(data, offset=2 * np.nan_to_num(X[:, 1]) - 1)
    free = fit(data)
    visits = [np.corrcoef(t.decision_function(X), np.nan_to_num(X[:, 1]))[0, 1] for t in (told, free)]
    assert visits[0] < -0.1 < 0.4 < visits[1], "what the offset says too strongly is taken back, not learnt again"


def test_the_evaluation_counts_weights_and_offsets(data):
    X, y = data
    keep = np.zeros(len(y))
    keep[:400] = 1.0
    start = np.full(len(y), -1.0)
    some, weighted, plain = [], [], []
    for seen, rows, weight in (
        (some, slice(0, 400), None),
        (weighted, slice(None), keep),
        (plain, slice(None), None),
    ):
        fit(
            data,
            eval_set=(X[rows], y[rows]),
            offset=start,
            eval_offset=start[rows],
            eval_weight=weight,
            n_estimators=3,
            on_round=lambda _, loss, seen=seen: seen.append(loss),
        )
    np.testing.assert_allclose(weighted, some)
    assert weighted != pytest.approx(plain)


def test_an_offset_on_one_side_only_is_an_error(data):
    with pytest.raises(ValueError, match="belong together"):
        fit(data, eval_set=data, offset=np.zeros(len(data[1])))


def test_what_is_raised_after_a_round_ends_the_training(data):
    class PoorError(Exception):
        pass

    seen = []

    def give_up(number, loss):
        seen.append(number)
        if number == 3:
            raise PoorError

    with pytest.raises(PoorError):
        fit(data, eval_set=data, on_round=give_up)
    assert seen == [1, 2, 3]
