"""The search beside brute force, and integers beside every choice of integers."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import minimize

from models.card import Rule
from training.distil.fits import RIDGE, Sums, cells_of, fit_cells
from training.distil.pool import Pool
from training.distil.rounding import LARGEST, line_of, round_naively, round_points
from training.distil.search import Search


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    met = (rng.random((9, 1500)) < rng.uniform(0.1, 0.6, (9, 1))).astype(np.uint8)
    met[5] = met[0] & (rng.random(1500) < 0.8)
    total = -1.5 + 1.2 * met[0] + 0.9 * met[3] - 1.1 * met[7]
    label = (rng.random(1500) < 1 / (1 + np.exp(-total))).astype(np.float64)
    weight = rng.uniform(0.5, 1.5, 1500)
    rules = tuple(Rule(name=str(j), points=1, event="visit", at_least=j + 1) for j in range(9))
    pool = Pool(rules, met, np.zeros(9, np.int8), np.ones(9, np.int64), np.eye(9, dtype=bool))
    return pool, Sums(weight, weight * label)


def search(pool, sums, **more):
    return Search(pool, pool.met, sums, np.ones(len(pool), bool), **more)


def test_a_fit_on_cells_is_the_fit_on_rows(made):
    pool, sums = made
    own = pool.met[[0, 3]]
    cells = cells_of(own, sums)
    coefficients, loss = fit_cells(cells.design, cells.weight, cells.target)

    def on_rows(beta):
        total = beta[0] + beta[1:] @ own
        return (sums.weight * np.logaddexp(0, total) - sums.target * total).sum() + RIDGE / 2 * (
            beta[1:] ** 2
        ).sum()

    found = minimize(on_rows, np.zeros(3), method="BFGS")
    assert loss == pytest.approx(found.fun, rel=1e-8)
    assert coefficients == pytest.approx(found.x, abs=1e-3)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_beam_finds_what_brute_force_finds(made, size):
    pool, sums = made
    path = search(pool, sums, priced=False).path(size)

    def loss(support):
        cells = cells_of(pool.met[list(support)], sums)
        return fit_cells(cells.design, cells.weight, cells.target)[1]

    assert path[size].rules == min(combinations(range(9), size), key=loss)


def test_noise_ends_the_path(made):
    pool, sums = made
    assert search(pool, sums).path(8)[-1].rules == (0, 3, 7)


def test_a_wrong_sign_is_refused_unless_asked(made):
    pool, sums = made
    earning = Pool(pool.rules, pool.met, np.ones(9, np.int8), pool.fits, pool.clash)
    path = search(earning, sums).path(5)
    assert 7 not in path[-1].rules
    assert (path[-1].coefficients[1:] > 0).all()
    assert 7 in search(earning, sums, free_sense=True).path(5)[-1].rules


def test_rules_that_clash_never_stand_together(made):
    pool, sums = made
    clash = np.eye(9, dtype=bool)
    clash[0, 3] = clash[3, 0] = True
    apart = Pool(pool.rules, pool.met, pool.sense, pool.fits, clash)
    for support in search(apart, sums, priced=False).path(5):
        assert not {0, 3} <= set(support.rules)


def test_whole_points_are_the_best_of_all(made):
    pool, sums = made
    cells = cells_of(pool.met[[0, 3, 7]], sums)
    coefficients, _ = fit_cells(cells.design, cells.weight, cells.target)
    found = round_points(cells, coefficients, per_log_odds=2.0)
    naive = round_naively(cells, coefficients, per_log_odds=2.0)
    assert found.loss <= naive.loss
    assert (found.units != 0).all()
    assert (np.abs(found.units) <= LARGEST).all()
    top = int(np.abs(found.units).max())
    every = product(range(1, top + 1), range(1, top + 1), range(-top, 0))
    best = min(line_of(cells, np.array(units, np.float64))[1] for units in every)
    assert found.loss <= best + 0.1
