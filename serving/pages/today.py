"""Today: who to call now, as one chooses to see it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
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
#: What a lead is called by, and searched by, beside its id.
NAMES = (
    *("name", "full_name", "first_name", "last_name", "email", "title"),
    *("company", "account_name", "company_name"),
)
OWNERS = ("owner", "owner_name", "owner_id", "lead_owner")


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


def choose(book: Book, wanted: Wanted, segment: str) -> list[Entry]:
    """Return the leads that are wanted, the most probable first; ``segment`` names the attribute of segments.

    Leads that already are opportunities are nobody's to call.
    """
    tests = _tests(book, wanted, segment)
    return [e for e in book.ranked() if not e.has_opportunity and all(test(e) for test in tests)]


def _tests(book: Book, wanted: Wanted, segment: str) -> list[Callable[[Entry], bool]]:
    tests: list[Callable[[Entry], bool]] = []
    if wanted.state == "open":
        tests.append(lambda e: e.verdict is None or e.verdict == "recycled")
    elif wanted.state != "all":
        tests.append(lambda e: e.verdict == wanted.state)
    if wanted.grade:
        tests.append(lambda e: e.score is not None and e.score.grade == wanted.grade)
    if wanted.part:
        tests.append(lambda e: e.score is not None and e.score.agree is False)
    if wanted.segment:
        tests.append(lambda e: book.company(e, segment) == wanted.segment)
    if wanted.owner:
        tests.append(lambda e: owner_of(book, e) == wanted.owner)
    if wanted.search:
        needle = wanted.search.casefold()
        tests.append(lambda e: needle in searched(book, e))
    return tests


def owner_of(book: Book, entry: Entry) -> str:
    """Return whose lead it is, empty text where nobody said."""
    return next((found for name in OWNERS if (found := book.company(entry, name))), "")


def searched(book: Book, entry: Entry) -> str:
    """Return what a search looks in."""
    told = [entry.lead_id, entry.account_id or "", *(book.company(entry, name) or "" for name in NAMES)]
    return "\n".join(told).casefold()


def called(entry: Entry) -> str:
    """Return what people call a lead: its name, else its id."""
    own = entry.attributes
    name = own.get("name") or own.get("full_name")
    if not name:
        name = " ".join(part for part in (own.get("first_name"), own.get("last_name")) if part)
    return name or entry.lead_id


def company_of(book: Book, entry: Entry) -> str:
    """Return the company's name, else its id, empty text for a lead of none."""
    for name in ("company", "company_name", "account_name"):
        if found := book.company(entry, name):
            return found
    own = {} if entry.account_id is None else book.accounts.get(entry.account_id, {})
    return own.get("name") or entry.account_id or ""
