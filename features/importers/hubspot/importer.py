"""Importing a HubSpot export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts import Source, Staging, publish, silent
from features.importers.domains import add_domain_macros
from features.importers.hubspot.attributes import stage_attributes
from features.importers.hubspot.contacts import stage_contacts
from features.importers.hubspot.deals import stage_deals
from features.importers.hubspot.events import stage_events
from features.importers.hubspot.ids import check_ids
from features.importers.hubspot.macros import add_hubspot_macros, note_bare_times
from features.importers.hubspot.objects import SHAPE
from features.importers.hubspot.stages import check_forms, read_stages, stage_verdicts
from features.importers.objects import observed_until as end_of_export
from features.importers.objects import open_export
from features.importers.sql import add_macros

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts import Dataset

IMPORTER = "hubspot"
IMPORTER_VERSION = 1


def import_hubspot(
    export_dir: Path,
    into: Path,
    step: Callable[[str], None] = silent,
    *,
    stages: Path | None = None,
    pipelines: tuple[str, ...] | None = None,
    take: tuple[str, ...] = (),
    timezone: str | None = None,
    observed_until: str | None = None,
    merge: bool = False,
) -> Dataset:
    """Import the CSV files of a HubSpot export into a dataset folder.

    Parameters
    ----------
    export_dir
        Folder with contacts.csv and, as far as there are any, the files that
        :mod:`features.importers.hubspot.objects` names. What is lost without each of them is noted.
    into
        Folder of the dataset; an older dataset there is replaced when the import is through.
    step
        Called with a few words at each step.
    stages
        YAML that says what this account's lifecycle stages, lead statuses and forms mean; without it there are no
        verdicts, and every form is a ``form_submission``.
    pipelines
        Pipelines, by name or id, whose deals count as a lead's outcome; by default those whose name does not speak
        of renewals, upsells or other business with customers.
    take
        Further properties of contacts to take as attributes.
    timezone
        Time zone of times without an offset, which the export button writes; by default UTC.
    observed_until
        When the export was made, ISO 8601; by default the latest time that a record was created or changed at.
    merge
        Keep what a dataset at ``into`` holds, by the rules of :mod:`features.facts.merge`.

    Raises
    ------
    DataError
        A file is missing or cannot be read, or lacks a column; or ``take``, ``pipelines`` or ``stages`` name
        something that is not there.
    ConfigError
        ``stages`` cannot be understood, or ``timezone`` or ``observed_until`` is none.

    """
    meanings = read_stages(stages)
    with Staging() as staging:
        add_macros(staging)
        add_domain_macros(staging)
        add_hubspot_macros(staging, timezone)
        export = open_export(staging, export_dir, SHAPE, step)
        check_ids(staging)
        note_bare_times(staging, timezone)
        until = end_of_export(staging, export, observed_until)
        check_forms(staging, meanings, stages)
        step("matching contacts, companies, events and deals")
        stage_contacts(staging)
        current_only = stage_attributes(staging, export, take)
        stage_events(staging, until, meanings)
        stage_deals(staging, export, until, pipelines)
        stage_verdicts(staging, export, meanings, stages)
        source = Source(
            name="HubSpot export",
            importer=IMPORTER,
            importer_version=IMPORTER_VERSION,
            observed_until=until,
            current_only=current_only,
        )
        return publish(staging, source, into, step, merge=merge)
