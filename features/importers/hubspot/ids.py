"""Record ids that a spreadsheet has rounded: several records would become one, so the export cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError

if TYPE_CHECKING:
    from features.facts.staging import Staging

_OBJECTS = ("contacts", "companies", "deals")


def check_ids(staging: Staging) -> None:
    """Refuse an export whose ids are in scientific notation, as in ``1.02E+11``.

    Raises
    ------
    DataError
        Names the first such id with its file and row.

    """
    for what in _OBJECTS:
        found = staging.rows(
            rf"""SELECT _source, _row, trim(hs_object_id), count(*) OVER () FROM hs_{what}
            WHERE regexp_full_match(trim(hs_object_id), '\d+([.,]\d+)?[eE]\+?\d+')
            ORDER BY _source, _row LIMIT 1"""
        )
        for source, row, given, rounded in found:
            message = (
                f"{source} row {row}, column hs_object_id: {given!r} is a rounded number, no id ({rounded:,} such "
                "rows); records that share it cannot be told apart"
            )
            hint = "a spreadsheet did this: export again, and do not save the file with one"
            raise DataError(message, hint=hint)
