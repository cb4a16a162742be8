"""What every engine offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from features.facts import Dataset
    from features.history import History
    from features.language import FeatureSet


class Engine(Protocol):
    """Reads what this process needs of a dataset, and computes matrices over all of it."""

    def history(self, dataset: Dataset, feature_set: FeatureSet) -> History:
        """Read all leads, and as much else as learning levels and :meth:`matrix` need in this process."""
        ...

    def matrix(
        self,
        dataset: Dataset,
        history: History,
        feature_set: FeatureSet,
        leads: np.ndarray,
        as_of: np.ndarray,
        step: Callable[[str], None],
    ) -> np.ndarray:
        """Return the float64 matrix (rows, features) for lead numbers of ``history`` and moments (int64, (rows,)).

        Rows come in the order asked for; ``history`` is what :meth:`history` read.
        """
        ...
