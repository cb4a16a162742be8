"""A card's points for any leads at any moments, rule by rule, through the same features as the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.plan import compile_plan

if TYPE_CHECKING:
    from features.history import History
    from models.card.scorer import CardScorer


@dataclass(frozen=True)
class Replayed:
    """What a card says of n rows (lead, as_of).

    Attributes
    ----------
    names
        The rules' names, those of fit before those of engagement.
    values
        What each rule read, float64 (n, rules): a count, days, a number, 1 or 0 for a match; NaN where unknown.
    rule_points
        Points of each rule, int64 (n, rules), before the caps on the axes and the total.
    axes
        Points of fit and of engagement, int64 (n, 2), after their caps.
    total
        Points, int64 (n,), after all caps.
    grades
        A to D, text (n,).
    cells
        A1 to D4, text (n,); None where the card has no grid.

    """

    names: tuple[str, ...]
    values: np.ndarray
    rule_points: np.ndarray
    axes: np.ndarray
    total: np.ndarray
    grades: np.ndarray
    cells: np.ndarray | None

    def __len__(self) -> int:
        return len(self.total)

    def frame(self) -> pd.DataFrame:
        """Return :meth:`columns` as a frame of n rows."""
        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, np.ndarray]:
        """Return points, grade, cell, fit, engagement and a column a rule, named ``rule: NAME``, each (n,)."""
        columns: dict[str, np.ndarray] = {"points": self.total, "grade": self.grades}
        if self.cells is not None:
            columns["cell"] = self.cells
        columns |= {"fit": self.axes[:, 0], "engagement": self.axes[:, 1]}
        columns |= {f"rule: {name}": self.rule_points[:, i] for i, name in enumerate(self.names)}
        return columns


def replay(
    scorer: CardScorer, history: History, lead: np.ndarray, as_of: np.ndarray, *, threads: int = 2
) -> Replayed:
    """Return a card's points for lead numbers of a history and moments in microseconds, both int64 (n,).

    Only what was known before each moment counts. The history must hold what the card reads, as
    ``History.from_dataset(dataset, scorer.feature_set)`` does.

    Raises
    ------
    ConfigError
        The history was read without something that a rule needs.

    """
    plan = compile_plan(scorer.feature_set, history.kinds, history.observed_from)
    return replayed(scorer, plan.run(history, lead, as_of, threads=threads))


def replayed(scorer: CardScorer, matrix: np.ndarray) -> Replayed:
    """Return a card's points for rows with the columns of ``scorer.feature_set``, float64 (n, features)."""
    points = scorer.rule_points(matrix)
    return Replayed(
        tuple(rule.name for rule in scorer.card.rules),
        scorer.rule_values(matrix),
        points,
        scorer.axes_of(points),
        scorer.total_of(points).astype(np.int64),
        scorer.grades_of(points),
        scorer.cells_of(points) if scorer.card.grid is not None else None,
    )
