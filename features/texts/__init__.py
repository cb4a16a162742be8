"""Messy texts read into what they mean: ranks, departments, kinds of e-mail domain, sizes of companies.

Every reader is pure and total: any text gives one of its levels (or a number) or None, never an error; case and
blanks around do not matter. The words are data, in ``lexicon/*.yaml``; docs/texts.md says how to add some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from features.texts.bands import EMPLOYEE_BANDS, REVENUE_BANDS, employee_band, employees, revenue, revenue_band
from features.texts.department import DEPARTMENTS, department
from features.texts.email_domain import EMAIL_DOMAIN_KINDS, email_domain_kind
from features.texts.lexicons import lexicon_digest
from features.texts.seniority import SENIORITIES, seniority

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DEPARTMENTS",
    "EMAIL_DOMAIN_KINDS",
    "EMPLOYEE_BANDS",
    "READERS",
    "REVENUE_BANDS",
    "SENIORITIES",
    "TextReader",
    "department",
    "email_domain_kind",
    "employee_band",
    "employees",
    "lexicon_digest",
    "revenue",
    "revenue_band",
    "seniority",
]


@dataclass(frozen=True, slots=True)
class TextReader:
    """One way to read a text, as a feature set names it after ``read:``.

    Attributes
    ----------
    read
        The function: a text to a level or a number, None where the text does not say.
    kind
        Whether ``read`` gives a category or a number.
    levels
        All categories, from lowest to highest where ``ordered``; empty for numbers.
    ordered
        Whether the levels have an order that a model may use.
    unit
        What a number counts; empty for categories.
    phrase
        What people call the result, for labels: "seniority".
    expects
        What texts it reads, for errors and help.

    """

    read: Callable[[str], str | None] | Callable[[str], float | None]
    kind: Literal["category", "number"]
    levels: tuple[str, ...]
    ordered: bool
    unit: str
    phrase: str
    expects: str


def _category(
    read: Callable[[str], str | None], levels: tuple[str, ...], phrase: str, expects: str, *, ordered: bool = True
) -> TextReader:
    return TextReader(read, "category", levels, ordered, "", phrase, expects)


def _number(read: Callable[[str], float | None], unit: str, phrase: str, expects: str) -> TextReader:
    return TextReader(read, "number", (), False, unit, phrase, expects)


_TITLE = "a job title, as in 'Sr. Mgr, Ops' or 'Leiter Einkauf'"
_PEOPLE = "a number of employees or a band, as in '11-50', '1,001 to 5,000' or '10,000+'"
_MONEY = "a revenue or a band, as in '$10M-$50M', 'USD 1.5bn' or '10 - 50 Mio. EUR'"

READERS: dict[str, TextReader] = {
    "seniority": _category(seniority, SENIORITIES, "seniority", _TITLE),
    "department": _category(department, DEPARTMENTS, "department", _TITLE, ordered=False),
    "email_domain_kind": _category(
        email_domain_kind,
        EMAIL_DOMAIN_KINDS,
        "kind of e-mail domain",
        "an e-mail address or a domain, as in 'ann@acme.com' or 'acme.com'",
        ordered=False,
    ),
    "employees": _number(employees, "people", "employees", _PEOPLE),
    "employee_band": _category(employee_band, EMPLOYEE_BANDS, "company size", _PEOPLE),
    "revenue": _number(revenue, "units of currency", "revenue", _MONEY),
    "revenue_band": _category(revenue_band, REVENUE_BANDS, "revenue band", _MONEY),
}
