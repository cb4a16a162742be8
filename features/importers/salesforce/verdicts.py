"""What sales said of leads, as far as the history of Status tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import texts

if TYPE_CHECKING:
    from features.facts.staging import Staging

#: Values of Status, in snake_case, that say no in every tenant that uses them. Others mean what each tenant likes.
REJECTING = (
    "unqualified",
    "disqualified",
    "not_qualified",
    "closed_not_converted",
    "rejected",
    "rejected_by_sales",
)


def stage_verdicts(staging: Staging) -> None:
    """Stage a rejection for each change of Status to a value that plainly rejects the lead."""
    rejecting = f'lower(trim("Field")) = \'status\' AND snake("NewValue") IN ({texts(REJECTING)})'
    known = 'coalesce(sf_id("LeadId") IN (SELECT lead_id FROM lead_book), false)'
    staging.skip(
        "rejections of deleted, merged or unknown leads",
        staging.count("sf_leadhistory", f"{rejecting} AND NOT {known}"),
    )
    staging.stage(
        "verdicts",
        f"""SELECT DISTINCT ON (lead_id, "at") sf_id("LeadId") AS lead_id, moment("CreatedDate") AS "at",
            'rejected' AS verdict, "NewValue" AS reason, _source, _row FROM sf_leadhistory
        WHERE {rejecting} AND {known}""",
    )
