"""Opening an export: which files it has, which columns of each are read, and what is missing from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.csv_files import CsvSource, load_csv, missing_columns
from features.importers.sql import ident

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts.staging import Staging

_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_EXPORT_HINT = "export it with Data Loader (Export All), the file named after the object, as in Lead.csv"


@dataclass(frozen=True)
class ObjectSpec:
    """One object: the columns that must be there, those read where they are, and what is lost without the file."""

    name: str
    table: str
    needed: tuple[str, ...]
    read: tuple[str, ...] = ()
    without: str = ""
    every_column: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the rest of the import may name."""
        return tuple(dict.fromkeys((*self.needed, *self.read, *_STAMPS, "IsDeleted")))


OBJECTS = (
    ObjectSpec(
        "Lead",
        "leads",
        ("Id", "CreatedDate", "ConvertedOpportunityId"),
        (
            *("MasterRecordId", "IsConverted", "ConvertedDate", "ConvertedContactId", "ConvertedAccountId"),
            *("Email", "Website", "Company"),
        ),
        every_column=True,
    ),
    ObjectSpec(
        "LeadHistory",
        "attributes",
        ("LeadId", "Field", "OldValue", "NewValue", "CreatedDate"),
        without="attributes have only their value on the day of export, and sales' verdicts are unknown",
    ),
    ObjectSpec(
        "Opportunity",
        "opportunities",
        ("Id", "CreatedDate"),
        ("AccountId", "CloseDate", "Type", "IsWon", "IsClosed", "Amount"),
        without="an opportunity counts from the end of the day of conversion",
    ),
    ObjectSpec(
        "OpportunityContactRole",
        "opportunities",
        ("OpportunityId", "ContactId"),
        without="an opportunity opened after conversion, for the contact, is not seen as the lead's",
    ),
    ObjectSpec(
        "CampaignMember",
        "events",
        ("CampaignId", "CreatedDate"),
        ("Id", "LeadId", "ContactId", "HasResponded", "FirstRespondedDate"),
        without="campaigns are unknown",
    ),
    ObjectSpec("Campaign", "events", ("Id",), ("Name", "Type"), without="campaigns have neither name nor type"),
    ObjectSpec(
        "Task",
        "events",
        ("Id", "WhoId", "CreatedDate"),
        (
            "ActivityDate",
            "CompletedDateTime",
            "Status",
            "Type",
            "TaskSubtype",
            "CallDurationInSeconds",
            "IsClosed",
        ),
        without="calls, e-mails and tracked visits are unknown",
    ),
    ObjectSpec(
        "Event",
        "events",
        ("Id", "WhoId"),
        ("StartDateTime", "ActivityDateTime", "ActivityDate", "Type"),
        without="meetings are unknown",
    ),
    ObjectSpec(
        "Account",
        "leads",
        ("Id",),
        ("Website",),
        without="only accounts that a lead was converted to are matched with opportunities",
    ),
    ObjectSpec(
        "Contact",
        "leads",
        ("Id",),
        ("MasterRecordId",),
        without="merged contacts are not followed to the one left",
    ),
)


@dataclass
class Export:
    """An opened export: relation ``sf_<object>`` for each object, empty where its file is absent."""

    folder: Path
    lead_columns: list[str] = field(default_factory=list)
    present: set[str] = field(default_factory=set)


def open_export(staging: Staging, folder: Path, step: Callable[[str], None]) -> Export:
    """Load every file of the export that the import uses.

    Raises
    ------
    DataError
        The folder or Lead.csv is missing, a file cannot be read, or it lacks a column that must be there.

    """
    if not folder.is_dir():
        what = "is a file; expected the folder" if folder.exists() else "no such folder; expected one"
        raise DataError(f"{folder}: {what} with Lead.csv and the other files of the export", hint=_EXPORT_HINT)
    export = Export(folder)
    for spec in OBJECTS:
        files = _files_of(folder, spec.name)
        if files:
            step(f"reading {spec.name}.csv")
            _load(staging, export, spec, files)
        elif spec.name == "Lead":
            nearest = did_you_mean("Lead.csv", [path.name for path in folder.iterdir()])
            raise DataError(f"{folder}: holds no Lead.csv; {nearest}", hint=_EXPORT_HINT)
        else:
            _nothing(staging, spec)
            staging.note(f"{spec.name}.csv is not in the export: {spec.without}.")
    if staging.count("sf_lead") == 0:
        raise DataError(f"{folder / 'Lead.csv'}: holds a header and no usable row", hint=_EXPORT_HINT)
    return export


def _files_of(folder: Path, name: str) -> list[Path]:
    """Return the object's file, or the numbered slices that a big export comes in (Task_1.csv, Task_2.csv)."""
    pattern = re.compile(rf"{name}(?:[ _.-]?\d+)?\.csv", re.IGNORECASE)
    return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def _load(staging: Staging, export: Export, spec: ObjectSpec, files: list[Path]) -> None:
    parts, columns = [], dict[str, str]()
    for number, path in enumerate(files):
        relation = f"file_{spec.name.lower()}_{number}"
        wanted = None if spec.every_column else spec.columns
        found = load_csv(staging, CsvSource(path, path.name, spec.table), relation, wanted)
        for lacking in missing_columns(found, spec.needed):
            raise DataError(
                f"{path}: has no column {lacking!r}; {did_you_mean(lacking, found)}",
                hint=f"{spec.name} is read with at least {', '.join(spec.needed)}; export it again with them",
            )
        columns.update({name.casefold(): name for name in found})
        parts.append(f"SELECT * FROM {relation}")
    export.present.add(spec.name)
    absent = [name for name in spec.columns if name.casefold() not in columns]
    blank = "".join(f", NULL::VARCHAR AS {ident(name)}" for name in absent)
    union = " UNION ALL BY NAME ".join(parts)
    staging.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW sf_{spec.name.lower()} AS SELECT *{blank} FROM ({union})"
    )
    if spec.every_column:
        export.lead_columns = list(columns.values())


def _nothing(staging: Staging, spec: ObjectSpec) -> None:
    columns = ", ".join(f"NULL::VARCHAR AS {ident(name)}" for name in spec.columns)
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW sf_{spec.name.lower()} AS
        SELECT {columns}, NULL::VARCHAR AS _source, NULL::BIGINT AS _row WHERE false"""
    )


def latest_stamp(staging: Staging, export: Export) -> int | None:
    """Return the latest moment, in microseconds, that a record of the export was created or changed at."""
    found = []
    for name in sorted(export.present):
        columns = ", ".join(f'max(instant("{stamp}"))' for stamp in _STAMPS)
        found.append(staging.rows(f"SELECT epoch_us(greatest({columns})) FROM sf_{name.lower()}")[0][0])
    return max((moment for moment in found if moment is not None), default=None)
