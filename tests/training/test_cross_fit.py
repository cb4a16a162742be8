"""Cross-fitting: no fold's model ever sees an account that it speaks of, and only of late rows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from features.errors import ConfigError
from training.cross_fit import cross_fit
from training.rows import Rows
from training.split import Parts, account_folds

N, ACCOUNTS = 900, 90


class Remembered:
    """A model that ranks by the one input, and remembers the rows that it was fitted on."""

    def __init__(self, learn, held):
        self.learn, self.held = np.flatnonzero(learn), np.flatnonzero(held)

    def decision_function(self, X):
        assert X[:, 1].astype(int).tolist() == self.held.tolist(), "asked about its own fold only"
        return X[:, 0]


@pytest.fixture
def material():
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, ACCOUNTS, N)
    x = rng.normal(size=N)
    label = (rng.random(N) < 1 / (1 + np.exp(2 - 1.5 * x))).astype(np.int8)
    number = np.arange(N)
    train = number < 700
    parts = Parts(train, train & (number >= 400), np.zeros(len(train), bool), ~train, 0, 0)
    history = SimpleNamespace(
        account_ids=np.array([f"a{i}" for i in range(ACCOUNTS)], object), lead_ids=np.array([], object)
    )
    # The last column is the card's, beyond the model's width.
    matrix = np.column_stack([x, number, np.full(N, 99.0)])
    return SimpleNamespace(
        rows=Rows(number, number, label, cluster, np.where(label == 1, number, -1)),
        parts=parts,
        history=history,
        matrix=matrix,
        width=2,
    )


@pytest.mark.parametrize("folds", [2, 5])
def test_no_fold_learns_from_an_account_that_it_speaks_of(material, folds):
    found, _ = cross_fit(material, folds, Remembered)
    cluster, parts = material.rows.cluster, material.parts
    assert len(found) == folds
    fold = account_folds(cluster, material.history, folds)
    for number, model in enumerate(found):
        assert not set(cluster[model.learn]) & set(cluster[model.held])
        assert parts.train[model.learn].all()
        assert parts.late[model.held].all()
        assert model.learn.tolist() == np.flatnonzero(parts.train & (fold != number)).tolist()
    held = np.concatenate([model.held for model in found])
    assert sorted(held) == np.flatnonzero(parts.late).tolist(), "each late row is spoken of once"


def test_what_the_folds_said_of_the_late_rows_comes_back_in_their_order(material):
    _, totals = cross_fit(material, 3, Remembered)
    np.testing.assert_array_equal(totals, material.matrix[material.parts.late, 0])


def test_rows_beside_the_training_rows_are_learnt_from_where_asked(material):
    """Such as young ones, whose label is not known yet: still no account on both sides."""
    more = material.parts.train | (np.arange(N) >= 850)
    material.rows.label[850:] = -1
    found, _ = cross_fit(material, 3, Remembered, more)
    fold = account_folds(material.rows.cluster, material.history, 3)
    for number, model in enumerate(found):
        assert model.learn.tolist() == np.flatnonzero(more & (fold != number)).tolist()
        assert material.parts.late[model.held].all()


def test_a_fold_without_an_opportunity_is_an_error_with_help(material):
    fold = account_folds(material.rows.cluster, material.history, 4)
    material.rows.label[(fold == 2) & material.parts.late] = 0
    with pytest.raises(ConfigError, match="too few opportunities for 4 folds") as caught:
        cross_fit(material, 4, Remembered)
    assert "fewer folds" in caught.value.hint
