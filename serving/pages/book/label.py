"""What people call a lead and know it by, from the attributes that were told of it and of its account."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

#: When a value was told for, and the value: None where it was taken back.
Told: TypeAlias = "Mapping[str, tuple[int, str | None]]"

#: What a lead is called by, and searched by, beside its id.
PERSON = ("name", "full_name", "first_name", "last_name", "email", "title")
COMPANY = ("company", "company_name", "account_name")
OWNERS = ("owner", "owner_name", "owner_id", "lead_owner")
#: What leads are grouped by where nothing is said: the first that the data have.
SEGMENTS = ("segment", "industry", "region", "country", "lead_source", "source")


class Label(NamedTuple):
    """Each is empty text where nothing is known; ``searched`` is all of it in one, in small letters."""

    name: str
    title: str
    company: str
    owner: str
    segment: str
    searched: str


NO_LABEL = Label("", "", "", "", "", "")


def label_of(lead_id: str, account_id: str | None, own: Told, account: Told, segment: str) -> Label:
    """Return a lead's label; what is told of the lead comes before what is told of its account.

    >>> label_of("L1", "acme", {"first_name": (0, "Ann"), "last_name": (0, "Poe")}, {"name": (0, "Acme")}, "")[:3]
    ('Ann Poe', '', 'Acme')
    """

    mine = {name: value for name, (_, value) in own.items() if value}
    theirs = {name: value for name, (_, value) in account.items() if value}
    name = mine.get("name") or mine.get("full_name")
    if not name:
        name = " ".join([mine[part] for part in ("first_name", "last_name") if part in mine])
    company = _first(COMPANY, mine, theirs) or theirs.get("name", "")
    owner = _first(OWNERS, mine, theirs)
    words = [lead_id, account_id or "", company, owner, *(mine[one] for one in PERSON if one in mine)]
    # Few owners, segments and companies have many leads.
    return Label(
        name or lead_id,
        mine.get("title", ""),
        intern(company or account_id or ""),
        intern(owner),
        intern(_first((segment,), mine, theirs)),
        "\n".join(words).casefold(),
    )


def _first(names: tuple[str, ...], mine: dict[str, str], theirs: dict[str, str]) -> str:
    """Return the first of some attributes that either has."""
    for name in names:
        if found := mine.get(name) or theirs.get(name):
            return found
    return ""
