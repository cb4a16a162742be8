"""What each row counts, in fits and in figures alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from training.material import Material
    from training.rows import Rows
    from training.spec import TrainingSpec


def row_weights(rows: Rows, spec: TrainingSpec) -> np.ndarray:
    """Return what rows count, float64 (n,), of mean 1: leads alike, or rows alike; see :meth:`Rows.weights`."""
    if spec.weight == "lead":
        return rows.weights(np.ones(len(rows), bool))
    return np.ones(len(rows))


def training_weights(material: Material, spec: TrainingSpec, chosen: np.ndarray) -> np.ndarray:
    """Return :func:`row_weights` of the chosen rows, a mask over a material's or their numbers."""
    return row_weights(material.rows.take(chosen), spec)
