"""One side of a duel: a scorer, its totals on every row, and its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from features.plan import compile_plan
from models.card import CardScorer

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.duel.arena import Arena
    from training.duel.calls import Calls

#: Rows whose features are computed at once: what a market of years needs would not fit into memory.
ROWS_AT_ONCE = 200_000


@dataclass(frozen=True)
class DuelSide:
    """A scorer under the name that tables give it, with its ``score`` (n,) of the arena's rows.

    ``order`` (n,) are the rows in its calling order; ``calls`` those that it makes at the duel's capacity.
    """

    label: str
    scorer: LeadModel | CardScorer
    score: np.ndarray = field(repr=False)
    order: np.ndarray = field(repr=False)
    calls: Calls = field(repr=False)

    @property
    def is_card(self) -> bool:
        """Whether it is a card."""
        return isinstance(self.scorer, CardScorer)

    @property
    def subject(self) -> str:
        """As the subject within a sentence: "the card", or "version 3"."""
        return "the card" if self.is_card else self.label


def matrix_of(scorer: LeadModel | CardScorer, arena: Arena, rows: np.ndarray) -> np.ndarray:
    """Return a scorer's features of some rows at their Mondays, float64 (rows, features)."""
    history = arena.history
    plan = compile_plan(scorer.feature_set, history.kinds, history.observed_from)
    return plan.run(history, arena.lead[rows], arena.as_of[rows])


def score_rows(scorer: LeadModel | CardScorer, arena: Arena) -> np.ndarray:
    """Return what a scorer ranks the arena's rows by, float64 (n,): log-odds or points."""
    parts = [
        scorer.total(matrix_of(scorer, arena, np.arange(start, min(start + ROWS_AT_ONCE, len(arena)))))
        for start in range(0, len(arena), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts)
