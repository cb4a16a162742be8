"""Importing a Salesforce export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts import Source, Staging, publish, silent
from features.importers.domains import add_domain_macros
from features.importers.objects import observed_until as end_of_export
from features.importers.objects import open_export
from features.importers.report import rows_by_month
from features.importers.salesforce.activities import stage_activities
from features.importers.salesforce.attributes import stage_attributes
from features.importers.salesforce.check import activity_before_outcomes
from features.importers.salesforce.ids import add_id_macro
from features.importers.salesforce.leads import stage_leads
from features.importers.salesforce.objects import SHAPE
from features.importers.salesforce.opportunities import stage_opportunities
from features.importers.salesforce.verdicts import stage_verdicts
from features.importers.sql import add_macros

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts import Dataset

IMPORTER = "salesforce"
IMPORTER_VERSION = 2


def import_salesforce(
    export_dir: Path,
    into: Path,
    step: Callable[[str], None] = silent,
    *,
    opportunity_types: tuple[str, ...] | None = None,
    take: tuple[str, ...] = (),
    observed_until: str | None = None,
    converted_status: tuple[str, ...] = (),
    merge: bool = False,
) -> Dataset:
    """Import the CSV files that Data Loader writes, one per object, into a dataset folder.

    Parameters
    ----------
    export_dir
        Folder with Lead.csv and, as far as there are any, LeadHistory.csv, Opportunity.csv,
        OpportunityContactRole.csv, CampaignMember.csv, Campaign.csv, Task.csv, Event.csv,
        EmailMessage.csv, Account.csv and Contact.csv. What is lost without each of them is noted.
    into
        Folder of the dataset; an older dataset there is replaced when the import is through.
    step
        Called with a few words at each step.
    opportunity_types
        Values of Opportunity.Type that count as a lead's outcome; by default those with the word New in them,
        and blank, because renewals and upsells are opportunities too.
    converted_status
        Values of Lead.Status by which sales convert leads without the Convert button. Such a lead's outcome comes
        when LeadHistory first has it there; one without that stamp is left out, since its time is not known.
    take
        Further fields of Lead to take as attributes.
    observed_until
        When the export was made, ISO 8601; by default the latest time that a record was created or changed at.
    merge
        Keep what a dataset at ``into`` holds, by the rules of :mod:`features.facts.merge`.

    Raises
    ------
    DataError
        A file is missing or cannot be read, or lacks a column; or ``take`` or ``opportunity_types`` names
        something that is not there.

    """
    with Staging() as staging:
        add_macros(staging)
        add_id_macro(staging)
        add_domain_macros(staging)
        export = open_export(staging, export_dir, SHAPE, step)
        until = end_of_export(staging, export, observed_until)
        step("matching leads, activities and opportunities")
        stage_leads(staging, converted_status)
        current_only = stage_attributes(staging, export, take)
        stage_activities(staging, until)
        stage_opportunities(staging, until, opportunity_types)
        activity = activity_before_outcomes(staging)
        stage_verdicts(staging)
        source = Source(
            name="Salesforce export",
            importer=IMPORTER,
            importer_version=IMPORTER_VERSION,
            observed_until=until,
            current_only=current_only,
            report={"rows": rows_by_month(staging, export), "activity_before_outcome": activity},
        )
        return publish(staging, source, into, step, merge=merge)
