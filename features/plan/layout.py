"""From behaviour features to the kernel's arrays: accumulators, their slots, and what columns read of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from features.history.arrays import NEVER
from features.kernel import plan_arrays as kernel
from features.kernel.plan_arrays import Measures, PlanArrays
from features.language.behaviour import ALL_TIME, DECAY_REACH, VALUE_MEASURES, Behaviour, Touch
from features.language.hours import HOURS_A_WEEK, parse_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_WINDOWED = {"count", "sum", "max", "active_days", "campaigns", "people", "share", "trend"}
_DECAYED = {"decayed", "decayed_sum"}
_NEEDS = {
    "active_days": kernel.DAYS,
    "campaigns": kernel.CAMPAIGN_SET,
    "people": kernel.PEOPLE_SET,
} | dict.fromkeys(VALUE_MEASURES, kernel.VALUES)


@dataclass(frozen=True)
class Key:
    """Which events an accumulator takes."""

    scope: str
    kinds: tuple[str, ...]
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    hours: str | None = None


@dataclass
class _Accumulator:
    """What an accumulator keeps."""

    needs: int = 0
    windows: set[int] = field(default_factory=set)
    halves: set[int] = field(default_factory=set)
    bursts: set[int] = field(default_factory=set)


class Layout:
    """Where each accumulator's windows, half-lives and bursts lie in the kernel's flat scratch.

    ``channels``, ``campaigns`` and ``hours`` are the distinct filters, in the order of their rows in the tables.
    """

    def __init__(self, sources: Sequence[Behaviour | Touch]) -> None:
        self.sources = sources
        found: dict[Key, _Accumulator] = {}
        for source in sources:
            _demand(source, found)
        self.keys = list(found)
        self.number = {key: i for i, key in enumerate(self.keys)}
        kept = list(found.values())
        self.needs = np.array([k.needs | _filtered(key) for key, k in found.items()], np.int64)
        self.window_start, self.window = flat([sorted(k.windows) for k in kept])
        self.half_start, self.half_life = flat([sorted(k.halves) for k in kept])
        self.burst_start, self.burst = flat([sorted(k.bursts) for k in kept])
        self.channels = list(dict.fromkeys(key.channels for key in self.keys if key.channels))
        self.campaigns = list(dict.fromkeys(key.campaigns for key in self.keys if key.campaigns))
        self.hours = list(dict.fromkeys(key.hours for key in self.keys if key.hours is not None))

    def arrays(self, kinds: Sequence[str], observed_from: Callable[[str], int]) -> PlanArrays:
        """Return the kernel's arrays for histories whose kinds are numbered as in ``kinds``.

        The tables of channels and campaigns are empty: they depend on how a history numbers its names.
        """
        columns = [self._column(source) for source in self.sources]
        accumulators, measures, slots, seconds = zip(*columns, strict=True) if columns else ((), (), (), ())
        others = [source for source in self.sources if _scope(source) == "colleagues"]
        own = [source for source in self.sources if _scope(source) != "colleagues"]
        return PlanArrays(
            *self._targets(kinds, lambda scope: scope != "colleagues"),
            *self._targets(kinds, lambda scope: scope == "colleagues"),
            self.needs,
            _places([key.channels for key in self.keys], self.channels),
            _places([key.campaigns for key in self.keys], self.campaigns),
            _places([key.hours for key in self.keys], self.hours),
            np.zeros((0, 0), np.bool_),
            np.zeros((0, 0), np.bool_),
            np.array([parse_hours(text) for text in self.hours], np.bool_).reshape(-1, HOURS_A_WEEK),
            self.window_start,
            self.window,
            self.half_start,
            self.half_life,
            self.half_life * DECAY_REACH,
            self.burst_start,
            self.burst,
            np.array([max(map(observed_from, key.kinds), default=NEVER) for key in self.keys], np.int64),
            np.array(accumulators, np.int64),
            np.array(measures, np.int64),
            np.array(slots, np.int64),
            np.array(seconds, np.int64),
            np.array([_reach(source) for source in self.sources], np.int64),
            np.array([_scope(source) == "colleagues" for source in self.sources], np.bool_),
            max(map(_reach, own), default=0),
            max(map(_reach, others), default=0),
        )

    def _targets(self, kinds: Iterable[str], wanted: Callable[[str], bool]) -> tuple[np.ndarray, np.ndarray]:
        """Return, per kind, the accumulators that its events may feed, as bounds and flat list."""
        return flat(
            [[i for i, key in enumerate(self.keys) if wanted(key.scope) and kind in key.kinds] for kind in kinds]
        )

    def _column(self, source: Behaviour | Touch) -> tuple[int, int, int, int]:
        """Return a column's accumulator, measure, slot and second slot."""
        if isinstance(source, Touch):
            number = self.number[_key(source)]
            if source.what == "kind":
                return number, Measures.LAST_KIND, number, source.place - 1
            return number, Measures.LAST_CHANNEL if source.place == 1 else Measures.FIRST_CHANNEL, number, 0
        number = self.number[_key(source)]
        measure = Measures[source.measure.upper()]
        second = 0
        if source.measure == "trend":
            second = self._window_slot(number, 2 * source.span)
        if source.measure == "share":
            second = self._window_slot(self.number[_key(source, hours=False)], source.span)
        return number, measure, self._slot(number, source), second

    def _slot(self, number: int, source: Behaviour) -> int:
        """Return where a feature's value stands: its window, half-life or burst, or its accumulator."""
        if source.measure in _WINDOWED:
            return self._window_slot(number, source.span)
        if source.measure in _DECAYED:
            return _find(self.half_start, self.half_life, number, source.span)
        if source.measure == "burst":
            return _find(self.burst_start, self.burst, number, source.span)
        return number

    def _window_slot(self, number: int, span: int) -> int:
        return _find(self.window_start, self.window, number, span)


def allowed(filters: Sequence[tuple[str, ...]], names: Sequence[str]) -> np.ndarray:
    """Return for each filter which of a history's ``names`` it lets through, bool (filters, names)."""
    return np.array([[name in wanted for name in names] for wanted in filters], np.bool_).reshape(
        len(filters), len(names)
    )


def _demand(source: Behaviour | Touch, found: dict[Key, _Accumulator]) -> None:
    """Note what a feature wants its accumulators to keep."""
    kept = found.setdefault(_key(source), _Accumulator())
    if isinstance(source, Touch):
        kept.needs |= kernel.TOUCHES
        return
    kept.needs |= _NEEDS.get(source.measure, 0)
    if source.measure in _WINDOWED:
        kept.windows.add(source.span)
    if source.measure == "trend":
        kept.windows.add(2 * source.span)
    if source.measure in _DECAYED:
        kept.halves.add(source.span)
    if source.measure == "burst":
        kept.bursts.add(source.span)
    if source.measure == "share":
        found.setdefault(_key(source, hours=False), _Accumulator()).windows.add(source.span)


def _key(source: Behaviour | Touch, *, hours: bool = True) -> Key:
    if isinstance(source, Touch):
        return Key("lead", source.kinds)
    return Key(source.scope, source.kinds, source.channels, source.campaigns, source.hours if hours else None)


def _filtered(key: Key) -> int:
    return kernel.FILTERED if key.channels or key.campaigns or key.hours is not None else 0


def _scope(source: Behaviour | Touch) -> str:
    return source.scope if isinstance(source, Behaviour) else "lead"


def _reach(source: Behaviour | Touch) -> int:
    return source.reach if isinstance(source, Behaviour) else ALL_TIME


def _find(start: np.ndarray, spans: np.ndarray, number: int, span: int) -> int:
    low, high = start[number : number + 2]
    return int(low + np.searchsorted(spans[low:high], span))


def _places(wanted: Sequence[object], rows: Sequence[object]) -> np.ndarray:
    """Return each accumulator's filter by its row in the table of filters, -1 for none."""
    place = {what: i for i, what in enumerate(rows)}
    return np.array([place.get(what, -1) for what in wanted], np.int64)


def flat(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds and the elements of lists laid end to end, both int64."""
    bounds = np.cumsum([0, *(len(part) for part in lists)]).astype(np.int64)
    return bounds, np.array([x for part in lists for x in part], np.int64)
