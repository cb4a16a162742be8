"""From the plainest behaviour features to the arrays of the kernel that counts events by kind."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from features.history.arrays import NEVER
from features.kernel.tallies import TallyArrays
from features.language.behaviour import ALL_TIME, Behaviour
from features.plan.layout import flat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.language.behaviour import Touch

#: In the order that the kernel wants its columns in.
_MEASURES = ("count", "trend", "since_last", "since_first")


def is_tallied(source: Behaviour | Touch) -> TypeGuard[Behaviour]:
    """Tell whether a feature asks nothing of an event but its kind and times."""
    return (
        isinstance(source, Behaviour) and source.measure in _MEASURES and not (source.channels or source.campaigns)
    )


def kernel_order(source: Behaviour) -> int:
    """Return a key that sorts features by measure as the kernel wants them."""
    return _MEASURES.index(source.measure)


class Tallies:
    """What each feature reads of the counts by window and kind; ``sources`` are sorted by :func:`kernel_order`."""

    def __init__(self, sources: Sequence[Behaviour], kinds: Sequence[str]) -> None:
        self.sources = sources
        self.kinds = kinds
        self.windows = sorted({span for source in sources for span in _windows(source)})
        sets = dict.fromkeys(source.kinds for source in sources)
        self.merged = [names for names in sets if len(names) != 1 or names[0] not in kinds]
        alone: list[tuple[str, ...]] = [(kind,) for kind in kinds]
        self.number = {names: i for i, names in enumerate([*alone, *self.merged])}

    def arrays(self, observed_from: Callable[[str], int], *, colleagues: bool) -> TallyArrays:
        """Return the kernel's arrays; a kind that the history lacks never happened, and is unknown accordingly."""
        place = {kind: i for i, kind in enumerate(self.kinds)}
        merged_start, merged_kind = flat(
            [sorted({place[kind] for kind in names if kind in place}) for names in self.merged]
        )
        sought = {kind for source in self.sources if source.measure == "since_last" for kind in source.kinds}
        together: dict[tuple[int, int], list[int]] = {}
        for column, source in enumerate(self.sources):
            # What only the latest event tells needs no past to be complete.
            if source.measure != "since_last":
                observed = max(map(observed_from, source.kinds), default=NEVER)
                together.setdefault((source.reach, observed), []).append(column)
        unknown_start, unknown_column = flat(list(together.values()))
        order = [kernel_order(source) for source in self.sources]
        trends, lasts, firsts = (bisect_left(order, measure) for measure in range(1, len(_MEASURES)))
        return TallyArrays(
            len(self.kinds),
            merged_start,
            merged_kind,
            np.array(self.windows, np.int64),
            np.array([kind in sought for kind in self.kinds], np.bool_),
            np.array([self._cell(source, source.span) for source in self.sources], np.int64),
            np.array([self._cell(source, source.reach) for source in self.sources], np.int64),
            trends,
            lasts,
            firsts,
            unknown_start,
            unknown_column,
            np.array([span for span, _ in together], np.int64),
            np.array([observed for _, observed in together], np.int64),
            max((observed for _, observed in together), default=0),
            colleagues,
        )

    def _cell(self, source: Behaviour, span: int) -> int:
        tally = self.number[source.kinds]
        if source.measure in {"since_last", "since_first"}:
            return tally
        return self.windows.index(span) * (len(self.kinds) + len(self.merged)) + tally


def _windows(source: Behaviour) -> tuple[int, ...]:
    """Return the windows that a feature counts in; the first event may lie anywhere, so all are visited."""
    if source.measure == "since_last":
        return ()
    if source.measure == "since_first":
        return (ALL_TIME,)
    return (source.span, source.reach) if source.measure == "trend" else (source.span,)
