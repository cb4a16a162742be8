"""A feature set compiled against a history's event kinds, ready to run for any (lead, as_of) rows."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.facts.clock import DAY
from features.history import NEVER
from features.kernel import (
    ACTIVE_DAYS,
    COUNT,
    DECAYED,
    PEOPLE,
    SINCE_FIRST,
    SINCE_LAST,
    SUM,
    PlanArrays,
    behaviour_rows,
    version_rows,
)
from features.language.feature import DECAY_REACH, AttributeMatch, AttributeValue, Behaviour, LeadAge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.history import History, Versions
    from features.language.feature import Feature, FeatureSet

_CODES = {
    "count": COUNT,
    "sum": SUM,
    "active_days": ACTIVE_DAYS,
    "people": PEOPLE,
    "decayed": DECAYED,
    "since_last": SINCE_LAST,
    "since_first": SINCE_FIRST,
}
_WINDOWED = {"count", "sum", "active_days", "people"}
_MANY_ROWS = 20_000

Accumulator = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Plan:
    """A compiled feature set: :meth:`run` computes its matrix.

    Made by :func:`compile_plan`; valid for histories with exactly the same ``kinds`` and ``observed_from``.
    """

    feature_set: FeatureSet
    kinds: tuple[str, ...]
    behaviour: tuple[int, ...]
    arrays: PlanArrays

    def run(self, history: History, leads: np.ndarray, as_of: np.ndarray, *, threads: int = 2) -> np.ndarray:
        """Return the float64 matrix (rows, features) for lead numbers and moments (int64, both (rows,)).

        Categories are positions in the feature's stored levels; NaN is missing, unknown or unseen.
        """
        if history.kinds != self.kinds:
            raise ValueError(f"plan compiled for kinds {self.kinds}, history has {history.kinds}")
        out = np.empty((len(leads), len(self.feature_set.features)))
        if self.behaviour:
            out[:, self.behaviour] = self._behaviour(history, leads, as_of, threads)
        for column, feature in enumerate(self.feature_set.features):
            if isinstance(feature.source, LeadAge):
                out[:, column] = (as_of - history.arrays.created_at[leads]) / DAY
            elif isinstance(feature.source, AttributeValue | AttributeMatch):
                out[:, column] = _attribute_column(feature, feature.source, history, leads, as_of)
        return out

    def _behaviour(self, history: History, leads: np.ndarray, as_of: np.ndarray, threads: int) -> np.ndarray:
        out = np.empty((len(leads), len(self.behaviour)))
        if len(leads) < _MANY_ROWS or threads == 1:
            behaviour_rows(history.arrays, self.arrays, leads, as_of, out)
            return out
        # Neighbouring leads share cache lines, so each thread takes a stretch of the rows in lead order.
        order = np.argsort(leads, kind="stable")
        parts = np.array_split(order, threads * 4)

        def fill(part: np.ndarray) -> None:
            piece = np.empty((len(part), out.shape[1]))
            behaviour_rows(history.arrays, self.arrays, leads[part], as_of[part], piece)
            out[part] = piece

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, parts))
        return out


def compile_plan(feature_set: FeatureSet, kinds: tuple[str, ...], observed_from: dict[str, int]) -> Plan:
    """Compile ``feature_set`` for histories whose event kinds are ``kinds``, in that order.

    A kind that the set names and the history lacks was never observed, so its features are unknown.
    """
    columns = [i for i, f in enumerate(feature_set.features) if isinstance(f.source, Behaviour)]
    sources = [s for s in (feature_set.features[i].source for i in columns) if isinstance(s, Behaviour)]
    layout = _Layout(sources)
    arrays = PlanArrays(
        *layout.targets("lead", kinds),
        *layout.targets("colleagues", kinds),
        layout.window_start,
        layout.window,
        layout.half_start,
        layout.half_life,
        np.array([max(observed_from.get(k, NEVER) for k in ks) for _, ks in layout.accumulators], np.int64),
        np.array([layout.number[s.scope, s.kinds] for s in sources], np.int64),
        np.array([_CODES[s.measure] for s in sources], np.int64),
        np.array([layout.slot(s) for s in sources], np.int64),
        np.array([_reach(s) for s in sources], np.int64),
        np.array([s.scope == "colleagues" for s in sources], np.bool_),
        max((_reach(s) for s in sources if s.scope == "colleagues"), default=0),
    )
    return Plan(feature_set, kinds, tuple(columns), arrays)


def _reach(source: Behaviour) -> int:
    """Return how far back a feature looks, in microseconds."""
    return source.span * DECAY_REACH if source.measure == "decayed" else source.span


class _Layout:
    """Where each accumulator's windows and half-lives lie in the kernel's flat scratch."""

    def __init__(self, sources: list[Behaviour]) -> None:
        windows: dict[Accumulator, set[int]] = defaultdict(set)
        halves: dict[Accumulator, set[int]] = defaultdict(set)
        for source in sources:
            key = (source.scope, source.kinds)
            windows[key] |= {source.span} if source.measure in _WINDOWED else set()
            halves[key] |= {source.span} if source.measure == "decayed" else set()
        self.accumulators: list[Accumulator] = list(windows)
        self.number = {key: i for i, key in enumerate(self.accumulators)}
        self.window_start, self.window = _flat([sorted(windows[key]) for key in self.accumulators])
        self.half_start, self.half_life = _flat([sorted(halves[key]) for key in self.accumulators])

    def slot(self, source: Behaviour) -> int:
        """Return where a feature's value stands: its window, its half-life, or its accumulator."""
        number = self.number[source.scope, source.kinds]
        if source.measure in _WINDOWED:
            start, end = self.window_start[number : number + 2]
            return int(start + np.searchsorted(self.window[start:end], source.span))
        if source.measure == "decayed":
            start, end = self.half_start[number : number + 2]
            return int(start + np.searchsorted(self.half_life[start:end], source.span))
        return number

    def targets(self, scope: str, kinds: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return, per kind, the accumulators of a scope that its events feed, as bounds and flat list."""
        return _flat(
            [
                [i for i, (s, members) in enumerate(self.accumulators) if s == scope and kind in members]
                for kind in kinds
            ]
        )


def _flat(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    bounds = np.cumsum([0, *(len(part) for part in lists)]).astype(np.int64)
    return bounds, np.array([x for part in lists for x in part], np.int64)


def _attribute_column(
    feature: Feature,
    source: AttributeValue | AttributeMatch,
    history: History,
    leads: np.ndarray,
    as_of: np.ndarray,
) -> np.ndarray:
    out = np.full(len(leads), np.nan)
    versions = history.versions.get((source.entity, source.attribute))
    if versions is not None:
        owners = leads if source.entity == "lead" else history.account_of[leads].astype(np.int64)
        values = _version_values(versions, feature)
        version_rows(versions.start, versions.known_at, values, owners, as_of, out)
    return out


def _version_values(versions: Versions, feature: Feature) -> np.ndarray:
    """Return each version's value as float64: the number, the category's position in its levels, or the match."""
    if isinstance(feature.source, AttributeMatch):
        match = feature.source.matches
        by_code = np.array([float(match(text)) for text in versions.vocabulary] + [np.nan])
    elif feature.is_category:
        place = {level: float(i) for i, level in enumerate(feature.levels)}
        by_code = np.array([place.get(text, np.nan) for text in versions.vocabulary] + [np.nan])
    else:
        by_code = versions.numbers
    return by_code[versions.code]
