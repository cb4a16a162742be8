"""What leads are narrowed by, a number each in arrays: a hundred thousand are gone through in a millisecond."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.pages.book.entry import Entry

GRADES = ("A", "B", "C", "D")
#: Verdicts; the first are leads that sales has still to decide on.
STATES = (None, "recycled", "accepted", "rejected")
N_OPEN = 2
_FIRST = 1_024


class Names:
    """Owners or segments: a code for each name ever seen, and how many leads have it now."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {"": 0}
        self.counts: Counter[str] = Counter()
        self._sorted: list[str] | None = None

    def code(self, name: str) -> int:
        """Return a name's code."""
        return self.codes.setdefault(name, len(self.codes))

    def change(self, old: str, new: str) -> None:
        """Count a lead that had one name and has another; empty text is none."""
        if old == new:
            return
        self.counts[new] += 1
        self.counts[old] -= 1
        if self.counts[new] == 1 or not self.counts[old]:
            self._sorted = None
        if not self.counts[old]:
            del self.counts[old]

    def by_name(self) -> list[str]:
        """Return the names that leads have, in the order of the alphabet."""
        if self._sorted is None:
            self._sorted = sorted((name for name in self.counts if name), key=str.casefold)
        return self._sorted

    def by_size(self) -> list[str]:
        """Return the names that leads have, the most frequent first."""
        return sorted(self.by_name(), key=lambda name: -self.counts[name])


@dataclass(frozen=True)
class _Texts:
    """All texts in one, which is searched ten times as fast as each by itself; ``begins`` has one place more."""

    whole: bytes
    begins: list[int]

    @classmethod
    def of(cls, texts: list[str]) -> Self:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        # No text that the ledger keeps has a NUL, so that nothing is found across two.
        return cls(b"\0".join([*encoded, b""]), list(accumulate((len(one) + 1 for one in encoded), initial=0)))

    def matching(self, needle: str) -> NDArray[np.bool_]:
        sought, found = needle.encode("utf-8", "surrogatepass"), np.zeros(len(self.begins) - 1, bool)
        at = self.whole.find(sought) if b"\0" not in sought else -1
        while at >= 0:
            place = bisect_right(self.begins, at) - 1
            found[place] = True
            at = self.whole.find(sought, self.begins[place + 1])
        return found


class Columns:
    """A place for each lead, given once and for all: ``entries`` and ``searched`` by place, and the arrays."""

    def __init__(self) -> None:
        self.entries: list[Entry | None] = []
        self.searched: list[str] = []
        self._texts: _Texts | None = None
        self.owners, self.segments = Names(), Names()
        self.grade = np.zeros(_FIRST, np.int8)
        self.state = np.zeros(_FIRST, np.int8)
        self.parts = np.zeros(_FIRST, bool)
        self.is_lead = np.zeros(_FIRST, bool)
        self.owner = np.zeros(_FIRST, np.int32)
        self.segment = np.zeros(_FIRST, np.int32)

    def put(self, entry: Entry) -> None:
        """Note what is known of a lead now; one without a score is in no list."""
        if entry.place < 0:
            entry.place = len(self.entries)
            self.entries.append(entry)
            self.searched.append("")
            if entry.place == len(self.grade):
                self._grow()
        place, score, label = entry.place, entry.score, entry.label
        self.entries[place] = entry
        self._say(place, label.searched)
        self.state[place] = STATES.index(entry.verdict)
        self.is_lead[place] = score is not None and not entry.has_opportunity
        old, new = entry.counted, ("", "")
        if score is not None:
            self.grade[place] = GRADES.index(score.grade)
            self.parts[place] = score.agree is False
            new = (label.owner, label.segment)
        self.owners.change(old[0], new[0])
        self.segments.change(old[1], new[1])
        self.owner[place], self.segment[place] = self.owners.code(label.owner), self.segments.code(label.segment)
        entry.counted = new

    def drop(self, entry: Entry) -> None:
        """Forget a lead; its place stays empty."""
        if entry.place >= 0:
            entry.score = None
            self.put(entry)
            self.entries[entry.place] = None
            self._say(entry.place, "")

    def matching(self, needle: str) -> NDArray[np.bool_]:
        """Return for each place whether its lead is found by a text in small letters."""
        texts = self._texts
        if texts is None:
            texts = self._texts = _Texts.of(self.searched)
        return texts.matching(needle)

    def _say(self, place: int, searched: str) -> None:
        if self.searched[place] != searched:
            self.searched[place] = searched
            self._texts = None

    def _grow(self) -> None:
        for name in ("grade", "state", "parts", "is_lead", "owner", "segment"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate((column, np.zeros_like(column))))
