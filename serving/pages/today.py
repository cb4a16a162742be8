"""Today: who to call now, as one chooses to see it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode

from serving.pages.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serving.pages.book import Book, Entry

State = Literal["open", "accepted", "rejected", "recycled", "all"]
#: Rows of a page.
ROWS = 50
LONGEST_SEARCH = 100
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty texts narrow nothing.

    ``open`` are leads that sales has still to decide on: new ones, and those sent back.
    """

    grade: str = ""
    segment: str = ""
    owner: str = ""
    part: str = ""
    state: State = "open"
    search: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """Read a query.

        Raises
        ------
        Refused
            A value is none that can be chosen.

        """
        given = {name: value.strip() for name, value in query.items() if value.strip()}
        page = given.pop("page", "1")
        if not (page.isascii() and page.isdigit() and int(page[:7]) >= 1):
            raise Refused(400, f"page is {page[:20]!r}, expected 1 or more")
        choices = {"grade": GRADES, "part": ("yes",), "state": get_args(State)}
        for name, known in choices.items():
            if given.get(name, known[0]) not in known:
                raise Refused(400, f"{name} is {given[name][:40]!r}, expected one of {', '.join(known)}")
        if len(given.get("search", "")) > LONGEST_SEARCH:
            raise Refused(400, f"search has more than {LONGEST_SEARCH} letters")
        return cls(**given, page=int(page[:7]))  # type: ignore[arg-type]

    def query(self, **other: str | int) -> str:
        """Return the query that asks for this, with something else in it."""
        wanted = replace(self, **other)  # type: ignore[arg-type]
        told = {f.name: getattr(wanted, f.name) for f in fields(self)}
        return urlencode({k: v for k, v in told.items() if v != getattr(Wanted(), k)})

    @property
    def narrows(self) -> bool:
        """Whether anything but the page is chosen."""
        return bool(self.query(page=1))


def choose(book: Book, wanted: Wanted) -> list[Entry]:
    """Return the leads that are wanted, the most probable first.

    Leads that already are opportunities are nobody's to call.
    """
    tests = _tests(wanted)
    if not tests:
        return [e for e in book.ranked() if not e.has_opportunity]
    first, *rest = tests
    found = [e for e in book.ranked() if not e.has_opportunity and first(e)]
    for test in rest:
        found = [e for e in found if test(e)]
    return found


def _tests(wanted: Wanted) -> list[Callable[[Entry], bool]]:
    tests: list[Callable[[Entry], bool]] = []
    grade, segment, owner, state = wanted.grade, wanted.segment, wanted.owner, wanted.state
    # What leaves the fewest comes first.
    if wanted.search:
        needle = wanted.search.casefold()
        tests.append(lambda e: needle in e.label.searched)
    if owner:
        tests.append(lambda e: e.label.owner == owner)
    if segment:
        tests.append(lambda e: e.label.segment == segment)
    if grade:
        tests.append(lambda e: e.score is not None and e.score.grade == grade)
    if wanted.part:
        tests.append(lambda e: e.score is not None and e.score.agree is False)
    if state == "open":
        tests.append(lambda e: e.verdict is None or e.verdict == "recycled")
    elif state != "all":
        tests.append(lambda e: e.verdict == state)
    return tests


class Chosen:
    """Lists as they were last chosen; while nothing changed, to turn a page costs nothing."""

    #: Lists that are kept.
    MOST = 8

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[int, Wanted], list[Entry]] = OrderedDict()
        self._lock = Lock()

    def of(self, book: Book, wanted: Wanted) -> list[Entry]:
        """Return what :func:`choose` does."""
        key = (book.version, replace(wanted, page=1))
        with self._lock:
            if key in self._lists:
                self._lists.move_to_end(key)
                return self._lists[key]
        found = choose(book, wanted)
        with self._lock:
            self._lists[key] = found
            for old in [one for one in self._lists if one[0] != key[0]]:
                del self._lists[old]
            while len(self._lists) > self.MOST:
                self._lists.popitem(last=False)
        return found
