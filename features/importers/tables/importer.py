"""Importing any CSV or Parquet files by a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError
from features.facts import Source, Staging, publish, silent
from features.facts.clock import DAY, format_moment, is_date_only, parse_moment
from features.importers.sql import add_macros
from features.importers.tables.attributes import stage_attributes
from features.importers.tables.events import read_events, stage_events
from features.importers.tables.every_column import take_every_column
from features.importers.tables.files import note_columns, open_files
from features.importers.tables.leads import stage_leads
from features.importers.tables.load import load_mapping
from features.importers.tables.outcomes import stage_opportunities, stage_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts import Dataset
    from features.importers.tables.files import OpenedFile
    from features.importers.tables.mapping import Mapping

IMPORTER = "tables"
IMPORTER_VERSION = 1

_TIMES = {
    "leads": ("created_at",),
    "attributes": ("known_at",),
    "events": ("at", "known_at"),
    "opportunities": ("created_at",),
    "verdicts": ("at",),
}


def import_tables(
    mapping: Path,
    into: Path,
    step: Callable[[str], None] = silent,
    data: Path | None = None,
    *,
    merge: bool = False,
) -> Dataset:
    """Import the files that a mapping names into a dataset folder.

    Parameters
    ----------
    mapping
        YAML in the language of :mod:`features.importers.tables.mapping`.
    into
        Folder of the dataset; an older dataset there is replaced when the import is through.
    step
        Called with a few words at each step.
    data
        Folder that the mapping's paths start from; by default the mapping's own.
    merge
        Keep what a dataset at ``into`` holds, by the rules of :mod:`features.facts.merge`.

    Raises
    ------
    MappingError
        The mapping has a fault of its own.
    DataError
        A file is missing, cannot be read, has no rows, or lacks a column that the mapping names.

    """
    plan = load_mapping(mapping)
    base = data if data is not None else mapping.parent
    if not base.is_dir():
        raise DataError.missing_file(base, wanted="the folder that the mapping's paths start from")
    with Staging() as staging:
        add_macros(staging)
        opened = open_files(staging, plan, base, step)
        plan = take_every_column(staging, mapping, plan, opened)
        step("laying out the tables")
        observed_from, current_only = _stage(staging, plan, opened)
        source = Source(
            name=plan.source,
            importer=IMPORTER,
            importer_version=IMPORTER_VERSION,
            observed_until=_observed_until(staging, plan),
            extracted_at=plan.extracted_at,
            observed_from={**observed_from, **plan.observed_from},
            current_only=current_only,
            undated=plan.undated,
        )
        return publish(staging, source, into, step, merge=merge)


def _stage(
    staging: Staging, plan: Mapping, opened: dict[str, OpenedFile]
) -> tuple[dict[str, str], tuple[str, ...]]:
    observed_from = read_events(staging, plan.events, opened)
    stage_leads(staging, plan.leads, opened[plan.leads.file])
    stage_events(staging)
    current_only: list[str] = []
    for attributes in plan.attributes:
        current_only += stage_attributes(staging, attributes, opened[attributes.file], plan.leads.file)
    for number, block in enumerate(plan.opportunities):
        stage_opportunities(staging, block, opened[block.file], plan.leads.file, number)
    for verdicts in plan.verdicts:
        stage_verdicts(staging, verdicts, opened[verdicts.file])
    note_columns(staging, plan, opened)
    _note_as_of_export(staging, current_only)
    return observed_from, tuple(current_only)


def _note_as_of_export(staging: Staging, names: list[str]) -> None:
    if names:
        listed = ", ".join(sorted(names))
        staging.note(
            f"As of the export, not as of the time asked for: {listed}. What was filled in later shows too."
        )


def _observed_until(staging: Staging, plan: Mapping) -> str:
    if plan.observed_until is not None:
        # A date without a time of day takes in the whole day, as it does for the facts themselves.
        whole_day = DAY - 1 if is_date_only(plan.observed_until) else 0
        return format_moment(parse_moment(plan.observed_until) + whole_day)
    latest = max(filter(None, (_latest(staging, table) for table in _TIMES)), default=0)
    if plan.undated:
        staging.note(
            f"The source has no dates: leads stand a minute apart in the order of {plan.leads.order_by}, "
            "and times mean nothing but that order."
        )
        return format_moment(latest + 2 * DAY)
    staging.note(f"observed_until is not given; the latest time found, {format_moment(latest)}, is taken.")
    return format_moment(latest)


def _latest(staging: Staging, table: str) -> int | None:
    columns = ", ".join(f'max(instant("{name}"))' for name in _TIMES[table])
    greatest = f"greatest({columns})" if "," in columns else columns
    found = [staging.rows(f"SELECT epoch_us({greatest}) FROM {part}")[0][0] for part in staging.parts(table)]
    return max(filter(None, found), default=None)
