"""The learning curve of the trees that are served: the loss on folds of accounts, round by round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class LearningCurve:
    """Gathers what growing trees report after each round, and passes it on; threads may call it at once."""

    then: Callable[[int, float | None], None] | None = None
    _seen: list[tuple[int, float]] = field(default_factory=list)

    def __call__(self, number: int, loss: float | None) -> None:
        """Take one booster's log loss after a round."""
        if loss is not None:
            self._seen.append((number, loss))
        if self.then is not None:
            self.then(number, loss)

    def points(self, most: int = 200) -> list[tuple[int, float]]:
        """Return rounds with the mean loss over the boosters, as far as all of them grew; at most so many.

        >>> curve = LearningCurve()
        >>> for number, loss in [(1, 0.5), (1, 0.7), (2, 0.4), (2, 0.6), (3, 0.3)]:
        ...     curve(number, loss)
        >>> [(number, round(loss, 3)) for number, loss in curve.points()]
        [(1, 0.6), (2, 0.5)]
        """
        if not self._seen:
            return []
        number, loss = (np.array(part) for part in zip(*self._seen, strict=True))
        rounds, place, count = np.unique(number, return_inverse=True, return_counts=True)
        mean = np.bincount(place, weights=loss) / count
        shared = np.flatnonzero(count == count.max())
        kept = shared[np.unique(np.linspace(0, len(shared) - 1, min(most, len(shared))).astype(int))]
        return [(int(rounds[i]), float(mean[i])) for i in kept]
