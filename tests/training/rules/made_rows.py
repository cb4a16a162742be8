"""Rows under a card of plain rules, with outcomes drawn from points of our own choosing."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.card import PointCard, bind_card
from training.rules import RuleRows

PER_POINT = 0.05


def card_of(points: dict[str, int], *, cap: int | None = None, visits: int | None = None) -> PointCard:
    """Return a card with a rule on an attribute for each name, and with ``visits`` points one on visits."""
    rules = [{"name": n, "attribute": n, "equals": "yes", "points": p} for n, p in points.items()]
    content = {
        "version": 2,
        "name": "made",
        "agreed": {"by": ["us"], "on": "2025-01-01"},
        "fit": {"rules": rules},
        "grades": {"A": 60, "B": 40, "C": 20},
        "qualified": 40,
    }
    if cap is not None:
        content["cap"] = cap
    if visits is not None:
        content["engagement"] = {"rules": [{"name": "visits", "event": "visit", "points": visits}]}
    return PointCard.model_validate(content)


def rows_of(card: PointCard, reads: np.ndarray, label: np.ndarray, account: np.ndarray | None = None) -> RuleRows:
    bound = bind_card(card, [("lead", name) for name in {rule.attribute for rule in card.fit.rules}], ["visit"])
    number = np.arange(len(reads))
    account = number if account is None else account
    weight = np.ones(len(reads))
    return RuleRows(bound, np.asarray(reads, float), np.asarray(label, float), weight, account, number, number)


def drawn(
    truth: dict[str, int],
    given: dict[str, int],
    n: int = 6000,
    seed: int = 0,
    met: float = 0.3,
    **card: int | None,
) -> RuleRows:
    """Return n leads, each meeting each rule with probability ``met``, with outcomes of the true points."""
    rng = np.random.default_rng(seed)
    reads = (rng.random((n, len(truth))) < met).astype(float)
    chance = expit(-2.5 + PER_POINT * reads @ np.array([*truth.values()], float))
    return rows_of(card_of(given, **card), reads, rng.random(n) < chance)


TRUTH = {"a": 20, "b": 10, "c": -15, "d": 25, "e": 15, "f": 5}
