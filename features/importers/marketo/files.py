"""The files of a Marketo export, and how their values are read: ``null`` in a cell says that there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from features.importers.objects import ExportShape, ObjectSpec, open_export
from features.importers.sql import ident

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts.staging import Staging
    from features.importers.objects import Export

HINT = (
    "put leads*.csv, activities*.csv and activity_types.json into one folder; docs/importers/marketo.md says how "
    "to fetch them"
)

LEADS = ObjectSpec(
    "leads",
    "leads",
    ("id", "createdAt"),
    ("email", "company", "website", "isAnonymous"),
    required=True,
    every_column=True,
    stamps=("createdAt", "updatedAt"),
    aliases=("lead",),
)
OPPORTUNITIES = ObjectSpec(
    "opportunities",
    "opportunities",
    ("externalOpportunityId", "createdAt"),
    ("type", "amount", "isClosed", "isWon", "closeDate", "externalCreatedDate"),
    without="an opportunity has neither type nor amount, and counts from when its role was made",
    stamps=("createdAt", "updatedAt"),
    aliases=("opportunity",),
)
ROLES = ObjectSpec(
    "opportunity_roles",
    "opportunities",
    ("externalOpportunityId", "leadId"),
    ("role", "isPrimary", "externalCreatedDate"),
    without="a lead's opportunity is known by the activity Add to Opportunity alone",
    aliases=("opportunityRoles", "opportunityRole", "opportunity_role"),
)
ACTIVITIES = ObjectSpec(
    "activities",
    "events",
    ("marketoGUID", "leadId", "activityDate", "activityTypeId"),
    ("campaignId", "primaryAttributeValue", "attributes"),
    required=True,
    stamps=("activityDate",),
    aliases=("activity",),
)
SHAPE = ExportShape("marketo", (LEADS, OPPORTUNITIES, ROLES, ACTIVITIES), HINT)

#: Activities are by far the largest: they are read file by file, not with the others.
_AT_ONCE = replace(SHAPE, objects=(LEADS, OPPORTUNITIES, ROLES))


def open_files(staging: Staging, folder: Path, step: Callable[[str], None]) -> Export:
    """Load all files but those of activities, with ``null`` and blanks as NULL.

    Raises
    ------
    DataError
        The folder or the lead files are missing, a file cannot be read, or it lacks a column that must be there.

    """
    staging.connection.execute(
        "CREATE OR REPLACE MACRO given(text) AS nullif(nullif(trim(text::VARCHAR), ''), 'null')"
    )
    export = open_export(staging, folder, _AT_ONCE, step)
    export.shape = SHAPE
    for spec in _AT_ONCE.objects:
        relation = SHAPE.relation(spec.name)
        columns = [name for name in staging.columns_of(relation) if name not in {"_source", "_row"}]
        read = "".join(f"given({ident(name)}) AS {ident(name)}, " for name in columns)
        staging.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW given_{spec.name} AS SELECT {read}_source, _row FROM {relation}"
        )
    return export
