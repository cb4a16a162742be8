"""Small pieces of SQL that every importer writes: quoted names, quoted texts, times that keep what they were."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from features.facts.sql import ident, text, texts

if TYPE_CHECKING:
    from features.facts.staging import Staging

__all__ = ["add_macros", "ident", "snake_case", "text", "texts"]

_MACROS = (
    # Only a date without a time of day is changed, to the end of that day. All else stays as it came: the common
    # checks read it, and a reject then shows the text that could not be read.
    """CREATE OR REPLACE MACRO moment(text) AS CASE WHEN length(trim(text)) <> 10 THEN trim(text)
        ELSE coalesce(day_end(text)::VARCHAR, text) END""",
    "CREATE OR REPLACE MACRO instant(text) AS iso_time(text)",
    # The same words as snake_case(): kinds are named in SQL, attributes in Python, and the two must agree.
    r"""CREATE OR REPLACE MACRO snake(text) AS nullif(trim(regexp_replace(lower(regexp_replace(trim(text),
        '([a-z0-9])([A-Z])', '\1_\2', 'g')), '[^\p{L}\p{N}]+', '_', 'g'), '_'), '')""",
    "CREATE OR REPLACE MACRO is_true(text) AS lower(trim(coalesce(text, ''))) IN ('true', '1', 'yes')",
    # Which of two times, both texts, is later; the first where the second says nothing.
    """CREATE OR REPLACE MACRO later(first, second) AS CASE WHEN first = second THEN first
        WHEN instant(second) > instant(first) THEN second ELSE first END""",
    # A date's end, or the end of the observed period, where that lies within the same day.
    """CREATE OR REPLACE MACRO within(text, until) AS CASE
        WHEN length(trim(text)) = 10 AND instant(text)::DATE = instant(until)::DATE THEN until
        ELSE moment(text) END""",
)


def add_macros(staging: Staging) -> None:
    """Define ``moment``, ``instant``, ``snake``, ``is_true``, ``later`` and ``within`` on the scratch database."""
    for macro in _MACROS:
        staging.connection.execute(macro)


def snake_case(name: str) -> str:
    """Return the name in lower case with underscores, as attributes and kinds are written.

    >>> snake_case("Total Time Spent on Website"), snake_case("LeadSource"), snake_case("emp.var.rate")
    ('total_time_spent_on_website', 'lead_source', 'emp_var_rate')
    """
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"[\W_]+", "_", parted.lower()).strip("_")
