"""Leads that sales convert by a status of their own making, which the Convert button knows nothing of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.sql import texts

if TYPE_CHECKING:
    from features.facts.staging import Staging


def lay_out_conversions(staging: Staging, statuses: tuple[str, ...]) -> None:
    """Make ``status_conversions``, when each lead first had one of ``statuses``; leave out leads without a time.

    Raises
    ------
    DataError
        No lead has, and no history names, one of the statuses.

    """
    seen = staging.rows(
        """SELECT DISTINCT trim(status) FROM lead_rows WHERE blank_to_null(status) IS NOT NULL
        UNION SELECT DISTINCT trim("NewValue") FROM sf_leadhistory
        WHERE lower(trim("Field")) = 'status' AND blank_to_null("NewValue") IS NOT NULL"""
    )
    known = [row[0] for row in seen]
    for name in statuses:
        if name.strip().casefold() not in {each.casefold() for each in known}:
            raise DataError(f"Lead.csv: no lead has the status {name!r}; {did_you_mean(name, known)}")
    wanted = texts([name.strip().casefold() for name in statuses])
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE status_conversions AS
        SELECT sf_id("LeadId") AS lead_id, min_by("CreatedDate", instant("CreatedDate")) AS created_at,
            min_by(_source, instant("CreatedDate")) AS _source, min_by(_row, instant("CreatedDate")) AS _row
        FROM sf_leadhistory WHERE lower(trim("Field")) = 'status' AND lower(trim("NewValue")) IN ({wanted})
            AND instant("CreatedDate") IS NOT NULL AND sf_id("LeadId") IS NOT NULL GROUP BY 1"""
    )
    undated = f"""NOT deleted AND nth = 1 AND lower(trim(status)) IN ({wanted}) AND opportunity_id IS NULL
        AND lead_id NOT IN (SELECT lead_id FROM status_conversions)"""
    staging.skip("leads of a converted status without its time", staging.count("lead_rows", undated))
    staging.connection.execute(f"DELETE FROM lead_rows WHERE {undated}")
