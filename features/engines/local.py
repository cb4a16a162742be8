"""The engine of one machine: the dataset's columns in memory, and the plan over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.history import History
from features.plan import compile_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from features.facts import Dataset
    from features.language import FeatureSet


@dataclass(frozen=True)
class LocalEngine:
    """Computes in this process, in two threads."""

    def history(self, dataset: Dataset, feature_set: FeatureSet) -> History:
        """Read what the features need."""
        return History.from_dataset(dataset, feature_set)

    def matrix(
        self,
        dataset: Dataset,  # noqa: ARG002 - the history holds it all
        history: History,
        feature_set: FeatureSet,
        leads: np.ndarray,
        as_of: np.ndarray,
        step: Callable[[str], None],
    ) -> np.ndarray:
        """Run the plan over the history."""
        step(f"computing {len(feature_set.features)} features for {len(leads):,} rows")
        return compile_plan(feature_set, history.kinds, history.observed_from).run(history, leads, as_of)
