"""Importing a Marketo export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts import Source, Staging, publish, silent
from features.facts.clock import parse_moment
from features.importers.domains import add_domain_macros
from features.importers.marketo.activities import drop_repeated, load_activities, skip_unknown
from features.importers.marketo.attributes import stage_attributes
from features.importers.marketo.coverage import find_coverage, note_overlaps
from features.importers.marketo.events import stage_events
from features.importers.marketo.files import open_files
from features.importers.marketo.leads import stage_leads
from features.importers.marketo.merges import follow_merges, read_merges
from features.importers.marketo.opportunities import stage_opportunities
from features.importers.marketo.types import TYPES_FILE, by_name, read_types
from features.importers.objects import observed_until as end_of_export
from features.importers.sql import add_macros

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts import Dataset

IMPORTER = "marketo"
IMPORTER_VERSION = 1


def import_marketo(
    export_dir: Path,
    into: Path,
    step: Callable[[str], None] = silent,
    *,
    take: tuple[str, ...] = (),
    leave_out: tuple[str, ...] = (),
    split: tuple[str, ...] = (),
    opportunity_types: tuple[str, ...] | None = None,
    observed_until: str | None = None,
    merge: bool = False,
) -> Dataset:
    """Import the CSV files of Marketo's bulk extract into a dataset folder.

    Parameters
    ----------
    export_dir
        Folder with leads.csv and activities.csv, or the slices that they come in (activities_2026-05.csv),
        activity_types.json, and as far as there are any opportunities.csv and opportunity_roles.csv.
    into
        Folder of the dataset; an older dataset there is replaced when the import is through.
    step
        Called with a few words at each step.
    take
        Further fields of leads to take as attributes.
    leave_out
        Activity types, by name, that give no events: those that are kept for 90 days only, mostly.
    split
        Activity types, by name, that give an event kind for each of their assets: one for each form, say.
    opportunity_types
        Values of an opportunity's type that count as a lead's outcome; by default those with the word New in
        them, and blank, because renewals and upsells are opportunities too.
    observed_until
        When the export was made, ISO 8601; by default the latest time that a record was created or changed at.
    merge
        Keep what a dataset at ``into`` holds, by the rules of :mod:`features.facts.merge`.

    Raises
    ------
    DataError
        A file is missing or cannot be read, or lacks a column; or an option names something that is not there.
    ConfigError
        ``observed_until`` is no date or time.

    """
    with Staging() as staging:
        add_macros(staging)
        add_domain_macros(staging)
        export = open_files(staging, export_dir, step)
        types = read_types(export_dir)
        types_file = export_dir / TYPES_FILE
        left_out = by_name(types, leave_out, types_file, "--leave-out")
        parted = by_name(types, split, types_file, "--split")
        load_activities(staging, export, types, step)
        until = end_of_export(staging, export, observed_until)
        step("following merges, deletions and repeated activities")
        read_merges(staging, types)
        note_overlaps(staging)
        drop_repeated(staging)
        skip_unknown(staging, types)
        stage_leads(staging, until)
        follow_merges(staging)
        step("finding from when on each type is observed")
        coverage = find_coverage(staging, types, parse_moment(until))
        step("matching leads, activities and opportunities")
        current_only = stage_attributes(staging, export, types, coverage, take)
        observed_from = stage_events(staging, types, coverage, until, left_out, parted)
        stage_opportunities(staging, export, types, until, opportunity_types)
        source = Source(
            name="Marketo export",
            importer=IMPORTER,
            importer_version=IMPORTER_VERSION,
            observed_until=until,
            observed_from=observed_from,
            current_only=current_only,
        )
        return publish(staging, source, into, step, merge=merge)
