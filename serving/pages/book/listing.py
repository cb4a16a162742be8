"""The scored leads in the order of their probability, and how many each owner and segment has."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from serving.pages.book.entry import Entry

#: Above this share of leads that moved, to sort anew is quicker than to move each.
_MANY = 0.005


class Listing:
    """An order that is changed in copies, so that who reads it meanwhile sees it whole."""

    def __init__(self) -> None:
        self.order: list[Entry] = []
        self.owners: Counter[str] = Counter()
        self.segments: Counter[str] = Counter()
        self._chosen: dict[str, list[str]] = {}

    def update(self, changed: Collection[Entry]) -> None:
        """Take in what changed of some leads."""
        moved = [entry for entry in changed if _place(entry) != _listed_place(entry)]
        many = len(moved) > 50 + _MANY * len(self.order)
        order = self.order if many or not moved else self.order.copy()
        if not many:
            for entry in moved:
                _take_out(order, entry)
        for entry in changed:
            self._count(entry)
        if many:
            held = set(map(id, moved))
            order = [entry for entry in self.order if id(entry) not in held]
            order += [entry for entry in moved if entry.listed is not None]
            order.sort(key=_rank)
        else:
            for entry in moved:
                if entry.listed is not None:
                    order.insert(bisect_left(order, _rank(entry), key=_rank), entry)
        self.order = order

    def remove(self, gone: Iterable[Entry]) -> None:
        """Take leads out."""
        held = set()
        for entry in gone:
            entry.score = None
            held.add(id(entry))
            self._count(entry)
        self.order = [entry for entry in self.order if id(entry) not in held]

    def names(self, what: str) -> list[str]:
        """Return the ``owners`` by their names, or the ``segments``, the largest first."""
        found = self._chosen.get(what)
        if found is None:
            counted: Counter[str] = getattr(self, what)
            found = sorted(counted, key=str.casefold)
            if what == "segments":
                found.sort(key=lambda name: -counted[name])
            self._chosen[what] = found
        return found

    def _count(self, entry: Entry) -> None:
        """Note what the listing has of a lead from now on."""
        old, score = entry.listed, entry.score
        new = None if score is None else (-score.probability, entry.label.owner, entry.label.segment)
        for number, (name, counted) in enumerate((("owners", self.owners), ("segments", self.segments)), 1):
            was, now = ("" if one is None else str(one[number]) for one in (old, new))
            if was == now:
                continue
            if was:
                counted[was] -= 1
                if not counted[was]:
                    del counted[was]
                    self._chosen.pop(name, None)
            if now:
                counted[now] += 1
                self._chosen.pop(name, None)
        entry.listed = new


def _rank(entry: Entry) -> tuple[float, str]:
    return (0.0 if entry.listed is None else entry.listed[0], entry.lead_id)


def _place(entry: Entry) -> float | None:
    return None if entry.score is None else -entry.score.probability


def _listed_place(entry: Entry) -> float | None:
    return None if entry.listed is None else entry.listed[0]


def _take_out(order: list[Entry], entry: Entry) -> None:
    if entry.listed is not None:
        place = bisect_left(order, _rank(entry), key=_rank)
        del order[place]
