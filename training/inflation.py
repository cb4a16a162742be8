"""What a leak would have added to the figures: a second training with it, for the figure alone.

The same rows, split, seed and resamples of accounts; only the columns differ. The model is measured and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from features.facts import silent
from features.levels import learn_levels
from training.arms.boosted import fit_model
from training.quarantine import leave_out
from training.side_by_side import compare_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.language import FeatureSet
    from training.comparison import Arm, Comparison, Estimate
    from training.fit import Fitted
    from training.material import Material
    from training.spec import TrainingSpec

#: The arm that reads all that is left out, and the one that reads what only the held-out facts convicted. The
#: third is the registered model.
WITH, SIGHTED = "with what is left out", "with what the held-out facts convict"


@dataclass(frozen=True)
class Inflation:
    """The registered model's figures on the test rows beside those of models that read what was left out."""

    comparison: Comparison

    @property
    def without(self) -> Estimate:
        """AUC of the model that is registered."""
        return self.comparison.estimates["model"]["auc"]

    @property
    def auc(self) -> Estimate:
        """AUC that the test would have shown."""
        return self.comparison.estimates[WITH]["auc"]

    @property
    def gain(self) -> Estimate:
        """By how much it would have been higher, with the interval of the paired difference."""
        return self.comparison.differences[WITH]["auc"]

    @property
    def sighted(self) -> Estimate | None:
        """What those would have added that only the held-out period's facts convict; None without any."""
        gaps = self.comparison.differences.get(SIGHTED)
        return None if gaps is None else gaps["auc"]


def measure_inflation(
    material: Material, fitted: Fitted, spec: TrainingSpec, step: Callable[[str], None] = silent
) -> Inflation | None:
    """Train once more with what the guard left out and compare; None where no feature would have read it.

    Where only the held-out period's facts convict something, one more model reads that alone of what is left
    out: it shows whether that choice could have flattered the figures.
    """
    guard = material.guard
    if not guard.narrowed.changed:
        return None
    step("training once more with what is left out, to measure it")
    blind = [convict.key for convict in guard.left_out if not convict.sighted]
    arms = {"model": fitted.arms["model"], WITH: _arm(material, spec, guard.declared)}
    if len(blind) < len(guard.left_out):
        narrowed = leave_out(guard.declared, blind, material.profile)
        arms[SIGHTED] = _arm(material, spec, narrowed.feature_set) if blind else arms[WITH]
    return Inflation(compare_rows(material, spec, material.parts.test, arms, reference="model"))


def _arm(material: Material, spec: TrainingSpec, feature_set: FeatureSet) -> Arm:
    leaky = with_features(material, feature_set)
    return fit_model(leaky, spec).arm(leaky).predict(material.parts.test)


def with_features(material: Material, declared: FeatureSet) -> Material:
    """Return the same rows with the columns of another feature set, and without the card."""
    train = material.rows.take(material.parts.train)
    learnt = learn_levels(declared, material.history, train.lead, train.as_of)
    matrix = material.compute(learnt)
    return replace(material, feature_set=learnt, width=len(learnt.features), matrix=matrix, card=None)
