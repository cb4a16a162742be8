"""The scored leads in the order of their probability, and the choice among them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from serving.pages.book.columns import GRADES, N_OPEN, STATES, Columns

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from serving.pages.book.entry import Entry
    from serving.pages.today import Wanted

#: Above this share of leads that moved, to sort anew is quicker than to move each.
_MANY = 0.002


class Listing:
    """An order that is changed in copies, so that who reads it meanwhile sees it whole.

    ``order`` holds the leads, ``places`` (int32) the same as places in :class:`Columns`.
    """

    def __init__(self) -> None:
        self.order: list[Entry] = []
        self.places: NDArray[np.int32] = np.empty(0, np.int32)
        self.columns = Columns()

    def update(self, changed: Collection[Entry]) -> None:
        """Take in what changed of some leads."""
        moved = [entry for entry in changed if _chance(entry) != entry.listed]
        many = len(moved) > 50 + _MANY * len(self.order)
        order, places = self.order, self.places
        if moved:
            order = order.copy()
        if not many:
            for entry in moved:
                if entry.listed is not None:
                    at = bisect_left(order, _rank(entry), key=_rank)
                    del order[at]
                    places = np.delete(places, at)
        held = {id(entry) for entry in moved}
        for entry in changed:
            self.columns.put(entry)
            if id(entry) in held:
                entry.listed = _chance(entry)
        if many:
            order = [entry for entry in order if id(entry) not in held]
            order += [entry for entry in moved if entry.listed is not None]
            order.sort(key=_rank)
            places = _places(order)
        else:
            for entry in moved:
                if entry.listed is not None:
                    at = bisect_left(order, _rank(entry), key=_rank)
                    order.insert(at, entry)
                    places = np.insert(places, at, entry.place)
        self.order, self.places = order, places

    def remove(self, gone: Collection[Entry]) -> None:
        """Take leads out, for good."""
        held = {id(entry) for entry in gone}
        self.order = [entry for entry in self.order if id(entry) not in held]
        self.places = _places(self.order)
        for entry in gone:
            self.columns.drop(entry)

    def choose(self, wanted: Wanted) -> Chosen:
        """Return the leads that are wanted, the most probable first.

        Leads that already are opportunities are nobody's to call.
        """
        columns, places = self.columns, self.places
        keep = columns.is_lead[places]
        if wanted.state == "open":
            keep &= columns.state[places] < N_OPEN
        elif wanted.state != "all":
            keep &= columns.state[places] == STATES.index(wanted.state)
        if wanted.grade:
            keep &= columns.grade[places] == GRADES.index(wanted.grade)
        if wanted.part:
            keep &= columns.parts[places]
        if wanted.owner:
            keep &= columns.owner[places] == columns.owners.codes.get(wanted.owner, -1)
        if wanted.segment:
            keep &= columns.segment[places] == columns.segments.codes.get(wanted.segment, -1)
        found = places[keep]
        if wanted.search:
            matching = columns.matching(wanted.search.casefold())
            # Who came since the places were read is not searched yet.
            found = found[found < len(matching)]
            found = found[matching[found]]
        return Chosen(columns, found)


class Chosen:
    """Leads that were chosen, in their order."""

    def __init__(self, columns: Columns, places: NDArray[np.int32]) -> None:
        self._columns = columns
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def part(self, begin: int = 0, end: int | None = None) -> list[Entry]:
        """Return some of them; who was forgotten meanwhile is left out."""
        entries = self._columns.entries
        return [entry for place in self._places[begin:end].tolist() if (entry := entries[place]) is not None]


def _places(order: list[Entry]) -> NDArray[np.int32]:
    return np.fromiter((entry.place for entry in order), np.int32, len(order))


def _rank(entry: Entry) -> tuple[float, str]:
    return (0.0 if entry.listed is None else entry.listed, entry.lead_id)


def _chance(entry: Entry) -> float | None:
    return None if entry.score is None else -entry.score.probability
