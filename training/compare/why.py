"""Why a scorer says what it says of a row: sentences, and each business thing's part in points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.card import CardScorer
from models.lead_model import LeadModel
from models.reasons import MOST_REASONS, reasons_for

if TYPE_CHECKING:
    from training.compare.side import BaseRate


def sentences(scorer: LeadModel | CardScorer | BaseRate, matrix: np.ndarray) -> list[list[str]]:
    """Return for each row (n, f) what speaks loudest: a model's reasons, or the card's rules that gave points."""
    if isinstance(scorer, LeadModel):
        single = scorer.feature_contributions(matrix).values
        return [
            [reason.sentence for reason in reasons_for(scorer, row, parts)]
            for row, parts in zip(matrix, single, strict=True)
        ]
    if isinstance(scorer, CardScorer):
        return [_rules(scorer, points) for points in scorer.rule_points(matrix)]
    return [[] for _ in matrix]


def _rules(card: CardScorer, points: np.ndarray) -> list[str]:
    order = [i for i in np.argsort(-np.abs(points), kind="stable")[:MOST_REASONS] if points[i]]
    return [f"{card.card.rules[i].name} ({_points(points[i])})" for i in order]


def _points(points: float) -> str:
    return f"{points:+.0f} point{'' if round(abs(points)) == 1 else 's'}".replace("-", "−")


def group_points(scorer: LeadModel | CardScorer | BaseRate, matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each business thing adds to each row's total, in points, each (n,).

    A card's rules are summed by the thing that they read, so that its points for a webinar stand beside the
    model's part of webinars.
    """
    if isinstance(scorer, LeadModel):
        found = scorer.contributions(matrix)
        scale = scorer.scale.points_per_log_odds
        return {group: found.values[:, i] * scale for i, group in enumerate(found.groups)}
    summed: dict[str, np.ndarray] = {}
    if isinstance(scorer, CardScorer):
        for feature, points in zip(scorer.rule_features, scorer.rule_points(matrix).T, strict=True):
            if feature is None:
                continue
            summed[feature.group] = summed.get(feature.group, np.zeros(len(matrix))) + points
    return summed
