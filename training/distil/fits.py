"""Exact logistic fits of binary rules on cells: rows that meet the same rules are one cell with two sums.

A support of k rules divides the rows into at most 2^k cells, in practice hundreds, so that a fit, its loss and the
fit with any one rule more cost the same however many rows there are; only the sums are made over the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

#: A coefficient of 2 log-odds costs as much as half a unit of log likelihood: keeps separated cells finite.
RIDGE = 0.25
_ROUNDS = 30


@dataclass(frozen=True)
class Cells:
    """Rows by the rules of a support that they meet.

    ``code`` int64 (n,) is each row's cell, ``design`` float64 (cells, k) tells which rules a cell meets,
    ``weight`` and ``target`` (cells,) are the sums of the rows' weights and of weight times target.
    """

    code: np.ndarray
    design: np.ndarray
    weight: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class Sums:
    """The rows of one fit: ``weight`` (n,) and ``target`` (n,), which is weight times label or probability.

    ``account`` int64 (n,) numbers what decides together; without it each row does for itself.
    """

    weight: np.ndarray
    target: np.ndarray
    account: np.ndarray | None = None


def cells_of(met: np.ndarray, sums: Sums) -> Cells:
    """Group rows by ``met``, uint8 (k, n)."""
    if len(met) == 0:
        code, patterns = np.zeros(met.shape[1], np.int64), np.zeros((1, 0), np.uint8)
    else:
        packed = np.packbits(met, axis=0).T
        view = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, code = np.unique(view, return_index=True, return_inverse=True)
        patterns = met[:, first].T
    number = len(patterns)
    weight = np.bincount(code, weights=sums.weight, minlength=number)
    target = np.bincount(code, weights=sums.target, minlength=number)
    return Cells(code.astype(np.int64), patterns.astype(np.float64), weight, target)


def fit_cells(design: np.ndarray, weight: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Return coefficients (k + 1,), the intercept first, and the penalised loss in nats."""
    whole = np.column_stack([np.ones(len(design)), design])
    start = np.zeros(whole.shape[1])
    share = min(max(target.sum() / weight.sum(), 1e-6), 1 - 1e-6)
    start[0] = np.log(share / (1 - share))
    return newton(whole, weight, target, start, RIDGE)


@njit(cache=True, nogil=True)
def tally(
    code: np.ndarray, cells: int, met: np.ndarray, weight: np.ndarray, target: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each candidate the weight and target of its rows by cell, both float64 (p, cells)."""
    own_weight = np.zeros((len(met), cells))
    own_target = np.zeros((len(met), cells))
    for j in range(len(met)):
        for i in range(met.shape[1]):
            if met[j, i]:
                own_weight[j, code[i]] += weight[i]
                own_target[j, code[i]] += target[i]
    return own_weight, own_target


@njit(cache=True, nogil=True)
def score_tests(  # noqa: C901 - loops of one kernel
    design: np.ndarray,
    weight: np.ndarray,
    coefficients: np.ndarray,
    own_weight: np.ndarray,
    own_target: np.ndarray,
) -> np.ndarray:
    """Return Rao's score statistic of each candidate beside the support, signed as what it would add (p,)."""
    cells, k = design.shape
    chance = np.empty(cells)
    for g in range(cells):
        total = coefficients[0]
        for a in range(k):
            total += coefficients[a + 1] * design[g, a]
        chance[g] = 1.0 / (1.0 + np.exp(-total))
    information = np.zeros((k + 1, k + 1))
    for a in range(1, k + 1):
        information[a, a] = RIDGE
    for g in range(cells):
        spread = weight[g] * chance[g] * (1.0 - chance[g])
        information[0, 0] += spread
        for a in range(k):
            if design[g, a] != 0.0:
                information[0, a + 1] += spread
                information[a + 1, 0] += spread
                for b in range(k):
                    information[a + 1, b + 1] += spread * design[g, b]
    out = np.zeros(len(own_weight))
    cross = np.empty(k + 1)
    for j in range(len(own_weight)):
        gradient = 0.0
        own = RIDGE
        cross[:] = 0.0
        for g in range(cells):
            w = own_weight[j, g]
            if w != 0.0:
                gradient += own_target[j, g] - w * chance[g]
                spread = w * chance[g] * (1.0 - chance[g])
                own += spread
                cross[0] += spread
                for a in range(k):
                    cross[a + 1] += spread * design[g, a]
        left = own - (cross * np.linalg.solve(information, cross)).sum()
        out[j] = np.sign(gradient) * gradient * gradient / left if left > 1e-9 * own else 0.0
    return out


@njit(cache=True, nogil=True)
def newton(  # noqa: C901 - loops of one kernel
    design: np.ndarray, weight: np.ndarray, target: np.ndarray, start: np.ndarray, ridge: float
) -> tuple[np.ndarray, float]:
    """Minimise the weighted log loss of ``design`` (cells, m), the first column ones, plus the others' ridge.

    Newton's steps, halved while the loss would rise.
    """
    beta = start.copy()
    m = len(beta)
    loss = loss_of(design, weight, target, beta, ridge)
    for _ in range(_ROUNDS):
        gradient = np.zeros(m)
        hessian = np.zeros((m, m))
        for a in range(1, m):
            gradient[a] = ridge * beta[a]
            hessian[a, a] = ridge
        for g in range(len(design)):
            total = 0.0
            for a in range(m):
                total += design[g, a] * beta[a]
            chance = 1.0 / (1.0 + np.exp(-total))
            error = weight[g] * chance - target[g]
            spread = weight[g] * chance * (1.0 - chance)
            for a in range(m):
                if design[g, a] != 0.0:
                    gradient[a] += error * design[g, a]
                    for b in range(m):
                        hessian[a, b] += spread * design[g, a] * design[g, b]
        for a in range(m):
            hessian[a, a] += 1e-9
        move = np.linalg.solve(hessian, gradient)
        size = 1.0
        better = loss
        moved = beta
        for _ in range(20):
            moved = beta - size * move
            better = loss_of(design, weight, target, moved, ridge)
            if better <= loss:
                break
            size *= 0.5
        if not better < loss - 1e-9 * (1.0 + abs(loss)):
            break
        beta, loss = moved, better
    return beta, loss


@njit(cache=True, nogil=True)
def loss_of(design: np.ndarray, weight: np.ndarray, target: np.ndarray, beta: np.ndarray, ridge: float) -> float:
    """Return the penalised loss, in nats times weight."""
    loss = 0.0
    for a in range(1, len(beta)):
        loss += 0.5 * ridge * beta[a] * beta[a]
    for g in range(len(design)):
        total = 0.0
        for a in range(len(beta)):
            total += design[g, a] * beta[a]
        # log(1 + exp(total)) without overflow
        softplus = np.log1p(np.exp(-abs(total))) + max(total, 0.0)
        loss += weight[g] * softplus - target[g] * total
    return loss


@njit(cache=True, nogil=True)
def fit_with(
    design: np.ndarray,
    weight: np.ndarray,
    target: np.ndarray,
    own_weight: np.ndarray,
    own_target: np.ndarray,
    start: np.ndarray,
    ridge: float,
) -> tuple[np.ndarray, float]:
    """Fit a support with one candidate more: each cell is divided into the rows that meet it and the others."""
    cells, k = design.shape
    whole = np.zeros((2 * cells, k + 2))
    both_weight = np.empty(2 * cells)
    both_target = np.empty(2 * cells)
    for g in range(cells):
        whole[g, 0] = whole[cells + g, 0] = 1.0
        for a in range(k):
            whole[g, a + 1] = whole[cells + g, a + 1] = design[g, a]
        whole[cells + g, k + 1] = 1.0
        both_weight[g], both_target[g] = weight[g] - own_weight[g], target[g] - own_target[g]
        both_weight[cells + g], both_target[cells + g] = own_weight[g], own_target[g]
    begin = np.zeros(k + 2)
    begin[: k + 1] = start
    return newton(whole, both_weight, both_target, begin, ridge)
