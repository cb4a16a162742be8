"""What each row weighs in a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from training.material import Material
    from training.spec import TrainingSpec


def training_weights(material: Material, spec: TrainingSpec, chosen: np.ndarray) -> np.ndarray:
    """Return the weights of the chosen rows, float64 (chosen,), of mean 1: leads alike, or rows alike.

    ``chosen`` is a mask over the rows or their numbers; see :meth:`training.rows.Rows.weights`.
    """
    if spec.weight == "lead":
        return material.rows.weights(chosen)
    return np.ones(len(material.rows.lead[chosen]))
