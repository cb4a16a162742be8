"""Today: who to call now, as one chooses to see it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode

from serving.pages.book.columns import GRADES
from serving.pages.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["open", "accepted", "rejected", "recycled", "all"]
#: Rows of a page.
ROWS = 50
LONGEST_SEARCH = 100


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
