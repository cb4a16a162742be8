"""One answer for one lead: flat, with stable keys and types, as a calling system maps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY, format_moment
from features.history import History
from models.calibration import from_log_odds
from models.reasons import MOST_REASONS, reasons_for, reasons_of
from models.reasons.lists import for_and_against
from models.reasons.unknown import not_known
from models.reasons.would_change import would_change
from models.scorer import grade_letter, grade_letters
from models.single import ADDITIVITY, figures_of

if TYPE_CHECKING:
    from features.payload import LeadFacts
    from models.lead_model import LeadModel
    from models.scorer import Contributions

#: What a full answer holds in place of reasons that cannot be given.
UNEXPLAINED: dict[str, Any] = {
    "reasons_for": [],
    "reasons_against": [],
    "not_known": [],
    "would_change": [],
    "would_change_note": "",
}

#: The number of the lead that a request is about, among those that it tells of.
_ALONE = np.zeros(1, np.int64)
_REASONS = tuple(f"reason_{i + 1}" for i in range(MOST_REASONS))


@dataclass(frozen=True)
class Batch:
    """Scores of many rows, each field (n,).

    ``low`` and ``high`` bound the probability, None without a band; ``points`` and ``points_grade`` are None
    without a card.
    """

    probability: np.ndarray
    low: np.ndarray | None
    high: np.ndarray | None
    score: np.ndarray
    grade: np.ndarray
    points: np.ndarray | None
    points_grade: np.ndarray | None
    reasons: list[list[str]]
    exact: np.ndarray


def score_matrix(model: LeadModel, matrix: np.ndarray) -> Batch:
    """Score and explain every row of a feature matrix (n, f)."""
    single = model.feature_contributions(matrix)
    raw = model.raw_total(matrix)
    total = model.calibration.log_odds(raw)
    exact = adds_up(single, total)
    reasons = _sentences(model, matrix, single.values, exact)
    probability = from_log_odds(total)
    points, points_grade = _card_part(model, matrix)
    low, high = (None, None) if model.band is None else model.bounds(raw)
    return Batch(
        probability=probability,
        low=low,
        high=high,
        score=model.score(probability),
        grade=grade_letters(probability, model.scale.cuts),
        points=points,
        points_grade=points_grade,
        reasons=reasons,
        exact=exact,
    )


def _sentences(model: LeadModel, matrix: np.ndarray, values: np.ndarray, exact: np.ndarray) -> list[list[str]]:
    """Return every row's reasons, none where the contributions do not add up."""
    told = iter(reasons_of(model, matrix[exact], values[exact]))
    return [[reason.sentence for reason in next(told)] if fine else [] for fine in exact]


def adds_up(single: Contributions, total: np.ndarray) -> np.ndarray:
    """Tell for each row whether its contributions sum to its total, bool (n,)."""
    gap = np.abs(single.base + single.values.sum(axis=1) - total)
    return gap <= ADDITIVITY * np.maximum(1.0, np.abs(total))


def answer_lead(model: LeadModel, facts: LeadFacts, *, full: bool = False) -> dict[str, Any]:
    """Score one lead and return the answer as JSON-ready values.

    ``score`` is the percentage of reference leads with a lower probability, ``agree`` whether model and card
    give the same grade, ``probability_low`` and ``probability_high`` the ends of the probability's 90 % interval.
    ``status`` is ``scored``, or ``degraded`` where the reasons did not add up to the score and are therefore left
    out. With ``full`` follow contributions by group, points by rule, the probability within each horizon, what
    became of similar past leads, what speaks for and against it, what is not known, and what would change it.
    """
    return answer_row(model, lead_row(model, facts), facts.lead_id, facts.as_of, full=full, facts=facts)


def lead_row(model: LeadModel, facts: LeadFacts) -> np.ndarray:
    """Return one lead's features, float64 (1, f)."""
    history = History.of_lead(facts, model.vocabulary)
    return model.plan.run(history, _ALONE, np.array([facts.as_of], np.int64), threads=1)


def answer_row(
    model: LeadModel,
    matrix: np.ndarray,
    lead_id: str,
    as_of: int,
    *,
    full: bool = False,
    facts: LeadFacts | None = None,
) -> dict[str, Any]:
    """Return :func:`answer_lead` from a lead's features, float64 (1, f): the same row gives the same answer.

    With ``facts``, the values that reasons name are recounted over them, and one that is not theirs is not shown.
    """
    figures = figures_of(model, matrix)
    single, exact, probability = figures.single, figures.exact, figures.probability
    reasons = reasons_for(model, matrix[0], single.values[0], facts=facts) if exact else []
    points, points_grade = _agreed(model, matrix)
    grade = grade_letter(probability, model.scale.cuts)
    sentences = [reason.sentence for reason in reasons] + [""] * MOST_REASONS
    answer: dict[str, Any] = {
        "status": "scored" if exact else "degraded",
        "lead_id": lead_id,
        "probability": probability,
        "probability_low": figures.low,
        "probability_high": figures.high,
        "score": figures.score,
        "grade": grade,
        "points": points,
        "points_grade": points_grade,
        "agree": None if points_grade is None else grade == points_grade,
        **dict(zip(_REASONS, sentences, strict=False)),
        "model_version": model.version,
        "card_version": None if model.card is None else model.card.name,
        "as_of": format_moment(as_of),
        "horizon_days": model.horizon / DAY,
    }
    if full:
        answer |= _detail(model, matrix, single, np.array([figures.total]), grade)
        answer |= _explained(model, matrix, single, facts, probability) if exact else UNEXPLAINED
    return answer


def _agreed(model: LeadModel, matrix: np.ndarray) -> tuple[int | None, str | None]:
    """Return one lead's points and their grade, None twice without a card."""
    if model.card is None:
        return None, None
    points = int(model.points(matrix)[0])
    return points, grade_letter(points, model.card.card.grades.as_tuple())


def _card_part(model: LeadModel, matrix: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return points and their grades, both (n,), or None twice without a card."""
    if model.card is None:
        return None, None
    points = model.card.total(matrix[:, model.card_columns])
    return points, grade_letters(points, model.card.card.grades.as_tuple())


def _explained(
    model: LeadModel, matrix: np.ndarray, single: Contributions, facts: LeadFacts | None, probability: float
) -> dict[str, Any]:
    """Return what speaks for and against, what is not known and, from the facts, what would change it."""
    row, parts = matrix[0], single.values[0]
    every = reasons_for(model, row, parts, len(model.groups), facts)
    return {
        **for_and_against(model, row, every),
        "not_known": not_known(model, row, parts),
        "would_change": [] if facts is None else would_change(model, facts, probability, lead_row),
        "would_change_note": model.desk.words.would_change_note,
    }


def _detail(
    model: LeadModel, matrix: np.ndarray, single: Contributions, total: np.ndarray, grade: str
) -> dict[str, Any]:
    grouped = model.by_group(single)
    order = np.argsort(-np.abs(grouped.values[0]), kind="stable")
    scale = model.scale.points_per_log_odds
    detail: dict[str, Any] = {
        "log_odds": float(total[0]),
        "base_log_odds": float(single.base),
        "points_per_log_odds": scale,
        "groups": [
            {
                "group": grouped.groups[i],
                "log_odds": float(grouped.values[0, i]),
                "points": float(grouped.values[0, i] * scale),
            }
            for i in order
        ],
        "rules": [],
        "horizons": [
            {"horizon_days": horizon / DAY, "probability": float(model.within(total, horizon)[0])}
            for horizon in model.all_horizons
        ],
        "similar": "" if (similar := model.similar_to(matrix[0], grade)) is None else similar.said,
    }
    if model.card is not None:
        rules = model.card.contributions(matrix[:, model.card_columns])
        detail["rules"] = [
            {"rule": rule, "points": int(points)}
            for rule, points in zip(rules.groups, rules.values[0], strict=True)
        ]
    return detail
