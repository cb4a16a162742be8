"""The columns that the kernels read. Times are int64 microseconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Sized

#: An event kind that was never observed: every window reaches back before it.
NEVER = 2**62


class HistoryArrays(NamedTuple):
    """What the kernel reads; L leads, E events.

    ``lead_start`` (L+1,) bounds each lead's events. ``group_start`` and ``group_end`` (L,) bound the leads of a
    lead's account, itself included; they are -1 for a lead without an account. ``group_created`` (L,) is when
    the account's first lead was created. ``event_channel`` and ``event_campaign`` (E,) number names, -1 for
    none; they are empty where no feature needs them, as ``event_value`` is.
    """

    created_at: np.ndarray
    lead_start: np.ndarray
    group_start: np.ndarray
    group_end: np.ndarray
    group_created: np.ndarray
    event_at: np.ndarray
    event_known: np.ndarray
    event_kind: np.ndarray
    event_value: np.ndarray
    event_channel: np.ndarray
    event_campaign: np.ndarray


def sealed(arrays: HistoryArrays) -> HistoryArrays:
    """Return the columns as read-only: what comes from Arrow is, and the kernel is compiled for one kind alone."""
    for column in arrays:
        column.flags.writeable = False
    return arrays


@dataclass(frozen=True)
class Versions:
    """The versions of one attribute over all its entities, sorted by entity and ``known_at``.

    ``start`` (entities+1,) bounds each entity's versions; ``code`` points into ``vocabulary``, -1 for an
    empty value. ``tracked`` tells whether the source keeps a history: if not, that a value has one version
    does not mean that it never changed.
    """

    start: np.ndarray
    known_at: np.ndarray
    code: np.ndarray
    vocabulary: tuple[str, ...]
    tracked: bool = True

    @cached_property
    def numbers(self) -> np.ndarray:
        """The vocabulary read as float64, NaN where a text is not a finite number, and NaN last for code -1."""
        return np.array([parse_number(text) for text in self.vocabulary] + [np.nan])


_ONE_OF_ONE = np.array([0, 1], np.int64)
_ONE_TEXT, _NO_TEXT = np.array([0], np.int32), np.array([-1], np.int32)


def versions_of(people: Sequence[Sequence[tuple[int, str | None]]], *, tracked: bool) -> Versions:
    """Lay out the versions, as (known_at, text), of each of a few entities."""
    if len(people) == 1 and len(people[0]) == 1:
        # As nearly all attributes of a request are: one value, known since the lead is.
        known_at, text = people[0][0]
        codes, vocabulary = (_NO_TEXT, ()) if text is None else (_ONE_TEXT, (text,))
        return Versions(_ONE_OF_ONE, np.array([known_at], np.int64), codes, vocabulary, tracked)
    every = [version for own in people for version in own]
    texts = sorted({text for _, text in every if text is not None})
    place: dict[str | None, int] = {text: i for i, text in enumerate(texts)} | {None: -1}
    return Versions(
        start=bounds_of(people),
        known_at=np.array([known_at for known_at, _ in every], np.int64),
        code=np.array([place[text] for _, text in every], np.int32),
        vocabulary=tuple(texts),
        tracked=tracked,
    )


def bounds_of(parts: Iterable[Sized]) -> np.ndarray:
    """Return where each part begins and the last one ends when they are laid end to end, int64 (parts + 1,)."""
    return np.array([*accumulate(map(len, parts), initial=0)], np.int64)
