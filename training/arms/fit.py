"""Fit every arm on the same training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.publish import silent
from training.arms.boosted import FittedTrees, fit_from_card, fit_lightgbm, fit_model
from training.arms.plain import fit_card, fit_constant, fit_logistic, fit_recalibrated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from training.arms.arm import FittedArm
    from training.material import Material
    from training.spec import TrainingSpec

#: Trees that start from the card are for data with fewer leads with an opportunity than this.
FEW_OPPORTUNITIES = 1000


@dataclass(frozen=True)
class FittedArms:
    """All arms in the order of tables, the model first, and the model with its trees."""

    arms: tuple[FittedArm, ...]
    model: FittedTrees


def fit_arms(
    material: Material,
    spec: TrainingSpec,
    from_card: bool,
    configurations: Sequence[Mapping[str, Any]] | None = None,
    step: Callable[[str], None] = silent,
    on_round: Callable[[int, float | None], None] | None = None,
) -> FittedArms:
    """Fit all arms that these data allow; without a card there are none of the card's arms.

    ``from_card`` asks for trees that start from the card, see :func:`starts_from_card`.
    """
    step("growing the trees")
    if spec.start == "card":
        model = fit_from_card(material, spec, "model", configurations, on_round)
    else:
        model = fit_model(material, spec, configurations, on_round)
    arms = [model.arm(material)]
    if from_card and spec.start != "card":
        step("growing trees from the card")
        arms.append(fit_from_card(material, spec, "from_card").arm(material))
    step("fitting logistic regression and what else stands beside the model")
    arms += [fit_lightgbm(material, spec), fit_logistic(material, spec)]
    if material.card is not None:
        arms += [fit_recalibrated(material, spec), fit_card(material, spec)]
    return FittedArms((*arms, fit_constant(material, spec)), model)


def starts_from_card(material: Material) -> bool:
    """Tell whether trees that start from the card are worth a try: there is one, and little to learn from.

    Asked once for a training, so that every fold has the same arms.
    """
    return material.card is not None and learnt_opportunities(material) < FEW_OPPORTUNITIES


def learnt_opportunities(material: Material) -> int:
    """Return how many leads of the training rows had an opportunity."""
    train = material.parts.train
    return len(np.unique(material.rows.lead[train][material.rows.label[train] == 1]))
