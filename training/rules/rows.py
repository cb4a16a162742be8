"""Decided rows as the rules of a card see them: what each rule reads, what it counts, and where caps hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.card.card import AXES
from models.card.points import is_met, points_of
from training.weights import row_weights

if TYPE_CHECKING:
    from models.card import CardScorer
    from models.card.rule import Rule
    from training.rows import Rows
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class RuleRows:
    """Decided rows under a bound card; every field has n rows.

    ``reads`` float64 (n, rules) is what each rule reads, NaN where nothing is known. ``label`` is 0.0 or 1.0,
    ``weight`` sums to the number of leads, so that a lead that is looked at seven times counts about once.
    ``account`` and ``lead`` are codes 0, 1, ...; ``as_of`` is in microseconds.
    """

    card: CardScorer
    reads: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    account: np.ndarray
    lead: np.ndarray
    as_of: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The card's rules, fit before engagement."""
        return self.card.card.rules

    @cached_property
    def given(self) -> np.ndarray:
        """The agreed points of each rule, float64 (rules,)."""
        return np.array([rule.points for rule in self.rules], np.float64)

    @cached_property
    def points(self) -> np.ndarray:
        """The points of each rule on each row, int64 (n, rules), before caps of an axis or the total."""
        columns = [self._points_of(number, rule) for number, rule in enumerate(self.rules)]
        return np.column_stack(columns)

    def _points_of(self, number: int, rule: Rule) -> np.ndarray:
        if self.card.rule_features[number] is None:
            return np.zeros(len(self), np.int64)
        return points_of(rule, self.reads[:, number])

    @cached_property
    def units(self) -> np.ndarray:
        """How often each rule is earned, float64 (n, rules): see :func:`units_of`."""
        found = np.zeros(self.reads.shape)
        for number, rule in enumerate(self.rules):
            if self.card.rule_features[number] is not None:
                found[:, number] = units_of(rule, self.reads[:, number])
        return found

    @cached_property
    def met(self) -> np.ndarray:
        """Whether each rule is met, bool (n, rules)."""
        return self.units > 0

    @cached_property
    def testable(self) -> np.ndarray:
        """Whether the rows can speak of each rule, bool (rules,): some meet it, and not all alike."""
        return np.ptp(self.units, axis=0) > 0

    @cached_property
    def free_of_caps(self) -> np.ndarray:
        """Whether a point more or less on each rule would move the total, bool (n, rules)."""
        card, split = self.card.card, len(self.card.card.fit.rules)
        free = np.ones(self.points.shape, bool)
        sums = np.zeros((len(self), 2))
        for place, (axis, part) in enumerate(zip(AXES, (slice(0, split), slice(split, None)), strict=True)):
            sums[:, place] = self.points[:, part].sum(axis=1)
            cap = card.axes[axis].cap
            if cap is not None:
                free[:, part] &= (sums[:, place] <= cap)[:, None]
                sums[:, place] = np.minimum(sums[:, place], cap)
        if card.cap is not None:
            free &= (sums.sum(axis=1) <= card.cap)[:, None]
        return free

    @cached_property
    def total(self) -> np.ndarray:
        """The agreed total, float64 (n,), with all caps."""
        return self.card.total_of(self.points)

    @cached_property
    def accounts(self) -> int:
        """How many accounts there are."""
        return int(self.account.max(initial=-1)) + 1

    def leads(self, chosen: np.ndarray) -> int:
        """Return how many leads have a row among the chosen, a mask (n,)."""
        return len(np.unique(self.lead[chosen]))

    def take(self, chosen: np.ndarray) -> RuleRows:
        """Return the rows under a mask (n,), weighed to their own number of leads."""
        account, lead = (pd.factorize(codes[chosen])[0] for codes in (self.account, self.lead))
        weight = self.weight[chosen]
        weight = weight * (lead.max(initial=-1) + 1) / weight.sum()
        return RuleRows(
            self.card, self.reads[chosen], self.label[chosen], weight, account, lead, self.as_of[chosen]
        )


def rule_rows(card: CardScorer, matrix: np.ndarray, rows: Rows, spec: TrainingSpec) -> RuleRows:
    """Return the decided ones of ``rows`` under a card whose features they have: ``matrix`` (n, card's features).

    Raises
    ------
    ValueError
        The matrix has not the rows' length, or the decided rows have not both outcomes.

    """
    if len(matrix) != len(rows):
        raise ValueError(f"matrix has {len(matrix)} rows, and there are {len(rows)}")
    decided = rows.label >= 0
    chosen = rows.take(decided)
    if chosen.positives in {0, len(chosen)}:
        raise ValueError(
            f"of {len(chosen)} decided rows {chosen.positives} are positive; both outcomes are needed"
        )
    account, lead = pd.factorize(chosen.cluster)[0], pd.factorize(chosen.lead)[0]
    weight = row_weights(chosen, spec)
    weight = weight * (lead.max() + 1) / weight.sum()
    values = card.rule_values(matrix[decided])
    label = chosen.label.astype(np.float64)
    return RuleRows(card, values, label, weight, account, lead, chosen.as_of)


def units_of(rule: Rule, values: np.ndarray) -> np.ndarray:
    """Return how often a rule is earned for what it reads, float64 (n,); of one that repeats, up to its cap."""
    if not rule.repeats:
        return is_met(rule, values).astype(np.float64)
    counted = np.nan_to_num(values, nan=0.0)
    return counted if rule.cap is None or not rule.points else np.minimum(counted, rule.cap / rule.points)
