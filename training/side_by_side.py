"""Arms on some of a training's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.comparison import Arm, Comparison, compare_arms
from training.split import cluster_names
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from training.material import Material
    from training.spec import TrainingSpec


def compare_rows(
    material: Material,
    spec: TrainingSpec,
    chosen: np.ndarray,
    arms: Mapping[str, Arm],
    *,
    reference: str | None = None,
    replicates: int = 500,
) -> Comparison:
    """Compare arms on the chosen rows, a mask or numbers, whose scores they hold in that order.

    Rows count as in a fit of the specification: leads alike, or rows alike. Without a ``reference`` it is the
    card, or the constant where there is none.
    """
    rows = material.rows.take(chosen)
    return compare_arms(
        arms,
        labels=rows.label,
        clusters=cluster_names(rows.cluster, material.history),
        lead_ids=material.history.lead_ids[rows.lead],
        as_of=rows.as_of,
        capacity=spec.capacity,
        reference=reference or ("card" if "card" in arms else "constant"),
        replicates=replicates,
        seed=spec.seed,
        weights=training_weights(material, spec, chosen),
    )
