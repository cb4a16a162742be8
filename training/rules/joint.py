"""All rules of a card in one logistic regression, with a covariance that knows that leads of an account are alike.

The design is that of the card itself: a row's units of each rule, where a point more would move its total, so
that caps count as they do on the card. Each coefficient has the prior log-F(1, 1) (Greenland & Mansournia 2015,
Statistics in Medicine 34:3133): as much as one lead more that only that rule speaks of, half with an opportunity
and half without. It keeps a rule finite that no lead with an opportunity meets, and weighs nothing where there are
data.

The covariance is the sandwich over accounts (Liang & Zeger 1986). Where few rows with an opportunity meet a rule,
its empirical variance is too small, since nothing happened that could vary; each rule's variance of the score is
therefore at least what independent rows would have, times the design effect of the rules at large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from training.rules.rows import RuleRows

_STEPS, _TOLERANCE = 100, 1e-9


@dataclass(frozen=True)
class JointFit:
    """Log-odds of one unit of each rule, all fitted together.

    ``rules`` (k,) are numbers of the card's rules, ``beta`` (k,) and ``cov`` (k, k) speak of them. ``information``
    (k, k) is the inverse of the model's own covariance, intercept and caps fitted out. ``design_effect`` is by how
    much the score varies more over accounts than the weighted likelihood takes it to: what likelihood ratios are
    divided by.
    """

    rules: np.ndarray
    beta: np.ndarray
    cov: np.ndarray
    information: np.ndarray
    design_effect: float


def fit_jointly(rows: RuleRows, without: tuple[int, ...] = ()) -> JointFit:
    """Fit the testable rules, but for those ``without`` (numbers of rules), on n rows.

    Raises
    ------
    ValueError
        No rule is left to fit.

    """
    rules = np.array([j for j in np.flatnonzero(rows.testable) if j not in without], np.int64)
    if not len(rules):
        raise ValueError("the rows can speak of none of the card's rules")
    design, held = _design(rows, rules)
    beta = _solve(design, rows.label, rows.weight, held)
    p = expit(design @ beta)
    spread = rows.weight * p * (1 - p)
    seen = design.T @ (design * spread[:, None])
    prior = np.zeros(len(beta))
    prior[held] = _prior(beta[held])[1]
    bread = np.linalg.inv(seen + np.diag(prior))
    score = design * (rows.weight * (rows.label - p))[:, None]
    summed = np.zeros((rows.accounts, len(beta)))
    np.add.at(summed, rows.account, score)
    empirical = summed.T @ summed * rows.accounts / max(rows.accounts - 1, 1)
    independent = np.einsum("ij,ij,i->j", design, design, rows.weight * spread)
    meat = _floored(empirical, independent, held)
    effect = float(np.median((np.diag(empirical) / np.maximum(np.diag(seen), 1e-300))[held]))
    whole = bread @ (meat + np.diag(prior)) @ bread
    own = slice(1, 1 + len(rules))
    return JointFit(rules, beta[own], whole[own, own], np.linalg.inv(bread[own, own]), effect)


def _design(rows: RuleRows, rules: np.ndarray) -> tuple[np.ndarray, slice]:
    """Return the columns (n, 1 + rules [+ 1]) and those of them that have a prior.

    After the intercept and the rules comes, where a cap takes points away, what the total of capped rows is apart
    from the rules that still move it: it has a coefficient of its own, so that no rule pays for the caps.
    """
    free = rows.free_of_caps[:, rules]
    columns = [np.ones(len(rows)), *(rows.units[:, rules] * free).T]
    capped = ~rows.free_of_caps.all(axis=1)
    if capped.any():
        moved = (rows.points * rows.free_of_caps).sum(axis=1)
        columns.append(np.where(capped, rows.total - moved, 0.0) / 100.0)
    return np.column_stack(columns), slice(1, len(columns))


def _prior(beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and information of the prior log-F(1, 1), each (k,)."""
    p = expit(beta)
    return 0.5 - p, p * (1 - p)


def _solve(design: np.ndarray, label: np.ndarray, weight: np.ndarray, held: slice) -> np.ndarray:
    rate = float(np.average(label, weights=weight))
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(rate / (1 - rate))
    for _ in range(_STEPS):
        p = expit(design @ beta)
        gradient = design.T @ (weight * (label - p))
        hessian = design.T @ (design * (weight * p * (1 - p))[:, None])
        slope, information = _prior(beta[held])
        gradient[held] += slope
        hessian[held, held] += np.diag(information)
        step = np.linalg.solve(hessian, gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            break
    return beta


def _floored(empirical: np.ndarray, independent: np.ndarray, held: slice) -> np.ndarray:
    """Return the scores' covariance with no rule's variance below that of rows as alike as the rules' at large."""
    own = np.diag(empirical)
    alike = max(1.0, float(np.median(own[held] / np.maximum(independent[held], 1e-300))))
    least = independent * alike
    up = np.sqrt(np.maximum(1.0, least / np.maximum(own, 1e-12 * least + 1e-300)))
    return empirical * up[:, None] * up[None, :]
