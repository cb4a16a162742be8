"""Opening an export of several files: which it has, which columns of each are read, and what is missing from it.

An importer describes its files as an :class:`ExportShape`; :func:`open_export` then leaves one relation for each
object, with every column that the importer may name, empty where the file is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import ConfigError, DataError, did_you_mean
from features.facts.clock import DAY, format_moment, is_date_only, parse_moment
from features.importers.csv_files import CsvSource, load_csv, missing_columns
from features.importers.sql import ident

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts.staging import Staging


def as_it_is(header: str) -> str:
    """Return the header itself: the default of :attr:`ObjectSpec.rename`."""
    return header


@dataclass(frozen=True)
class ObjectSpec:
    """One object: its file, the columns that must be there or may be, and what is lost without it.

    ``name`` is the file's name without ``.csv``, and ``aliases`` are others that it may have. ``rename`` makes of
    a header the name that the import knows the column by. ``stamps`` are columns that hold when a record was made
    or changed: the latest of all says when the export was made. ``required`` files are an error where absent;
    of the others ``without`` says what is lost.
    """

    name: str
    table: str
    needed: tuple[str, ...]
    read: tuple[str, ...] = ()
    without: str = ""
    required: bool = False
    every_column: bool = False
    stamps: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    rename: Callable[[str], str] = as_it_is

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the rest of the import may name."""
        return tuple(dict.fromkeys((*self.needed, *self.read, *self.stamps)))


@dataclass(frozen=True)
class ExportShape:
    """The files of one kind of export. The relation of an object is ``<prefix>_<name in lower case>``.

    ``hint`` says how to make such an export; ``moment_sql`` is the macro that reads a stamp as a time.
    """

    prefix: str
    objects: tuple[ObjectSpec, ...]
    hint: str
    moment_sql: str = "instant"

    def relation(self, name: str) -> str:
        """Name the relation of an object."""
        return f"{self.prefix}_{name.lower()}"


@dataclass
class Export:
    """An opened export: the files of each object that has any, and all columns of objects read whole."""

    folder: Path
    shape: ExportShape
    files: dict[str, list[Path]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Tell whether the export holds an object's file."""
        return name in self.files


def open_export(staging: Staging, folder: Path, shape: ExportShape, step: Callable[[str], None]) -> Export:
    """Load every file of the export that the import uses, and note what is lost without those it lacks.

    Raises
    ------
    DataError
        The folder or a required file is missing, a file cannot be read, or it lacks a column that must be there.

    """
    needed = " and ".join(f"{spec.name}.csv" for spec in shape.objects if spec.required)
    if not folder.is_dir():
        what = "is a file; expected the folder" if folder.exists() else "no such folder; expected one"
        raise DataError(f"{folder}: {what} with {needed} and the other files of the export", hint=shape.hint)
    export = Export(folder, shape)
    for spec in shape.objects:
        files = files_of(folder, spec)
        if files:
            step(f"reading {spec.name}.csv")
            _load(staging, export, spec, files)
        elif spec.required:
            nearest = did_you_mean(f"{spec.name}.csv", [path.name for path in folder.iterdir()])
            raise DataError(f"{folder}: holds no {spec.name}.csv; {nearest}", hint=shape.hint)
        else:
            _nothing(staging, export, spec)
            staging.note(f"{spec.name}.csv is not in the export: {spec.without}.")
        if spec.required and staging.count(shape.relation(spec.name)) == 0:
            raise DataError(f"{files[0]}: holds a header and no usable row", hint=shape.hint)
    return export


def files_of(folder: Path, spec: ObjectSpec) -> list[Path]:
    """Return the object's file, or the slices that a big export comes in.

    A slice has a number or a date after the name: Task_1.csv, Task 2.csv, activities_2025-01.csv.
    """
    names = "|".join(re.escape(name) for name in (spec.name, *spec.aliases))
    pattern = re.compile(rf"(?:{names})(?:[ _.-]?\d+)*\.csv", re.IGNORECASE)
    return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def _load(staging: Staging, export: Export, spec: ObjectSpec, files: list[Path]) -> None:
    wanted = {name.casefold() for name in spec.columns}
    parts, columns = [], dict[str, str]()
    for number, path in enumerate(files):
        relation = f"file_{export.shape.relation(spec.name)}_{number}"
        headers = load_csv(
            staging,
            CsvSource(path, path.name, spec.table),
            relation,
            None if spec.every_column else lambda header: spec.rename(header).casefold() in wanted,
        )
        found = _named(headers, spec)
        for lacking in missing_columns(list(found), spec.needed):
            raise DataError(
                f"{path}: has no column {lacking!r}; {did_you_mean(lacking, found)}",
                hint=f"{spec.name} is read with at least {', '.join(spec.needed)}; export it again with them",
            )
        columns.update({name.casefold(): name for name in found})
        read = {name: header for name, header in found.items() if spec.every_column or name.casefold() in wanted}
        chosen = "".join(f"{ident(header)} AS {ident(name)}, " for name, header in read.items())
        parts.append(f"SELECT {chosen}_source, _row FROM {relation}")
    export.files[spec.name] = files
    absent = [name for name in spec.columns if name.casefold() not in columns]
    blank = "".join(f", NULL::VARCHAR AS {ident(name)}" for name in absent)
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW {export.shape.relation(spec.name)} AS
        SELECT *{blank} FROM ({" UNION ALL BY NAME ".join(parts)})"""
    )
    export.columns[spec.name] = list(columns.values())


def _named(headers: list[str], spec: ObjectSpec) -> dict[str, str]:
    """Return header by name; of two headers with one name, the one that is spelt so, or else the first, has it."""
    renamed = {header: spec.rename(header) for header in headers}
    names, taken = dict[str, str](), set[str]()
    for header in sorted(headers, key=lambda each: renamed[each].casefold() != each.casefold()):
        names[header] = header if renamed[header].casefold() in taken else renamed[header]
        taken.add(names[header].casefold())
    return {names[header]: header for header in headers}


def _nothing(staging: Staging, export: Export, spec: ObjectSpec) -> None:
    columns = ", ".join(f"NULL::VARCHAR AS {ident(name)}" for name in spec.columns)
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW {export.shape.relation(spec.name)} AS
        SELECT {columns}, NULL::VARCHAR AS _source, NULL::BIGINT AS _row WHERE false"""
    )


def observed_until(staging: Staging, export: Export, given: str | None) -> str:
    """Return when the export was made, ISO 8601: as given, or the latest time that a record was made or changed.

    Raises
    ------
    ConfigError
        ``given`` is no date or time.
    DataError
        Nothing is given, and no record has a time that can be read.

    """
    if given is not None:
        try:
            return format_moment(parse_moment(given) + (DAY - 1 if is_date_only(given) else 0))
        except ValueError as error:
            message = (
                f"observed_until: {given!r} is not a date or time; expected 2026-03-01 or 2026-03-01T12:00:00Z"
            )
            raise ConfigError(message) from error
    latest = _latest_stamp(staging, export)
    if latest is None:
        spec = next(spec for spec in export.shape.objects if spec.required)
        message = f"{export.files[spec.name][0]}: no row has a {spec.stamps[0]} that can be read"
        raise DataError(message, hint="times look like 2026-03-01T12:00:00.000Z")
    staging.note(
        f"The export is taken to be of {format_moment(latest)}, the latest time that any record was changed."
    )
    return format_moment(latest)


def _latest_stamp(staging: Staging, export: Export) -> int | None:
    """Return the latest moment, in microseconds, that a record of the export was created or changed at."""
    found = []
    for spec in export.shape.objects:
        if export.has(spec.name) and spec.stamps:
            latest = ", ".join(f"max({export.shape.moment_sql}({ident(stamp)}))" for stamp in spec.stamps)
            relation = export.shape.relation(spec.name)
            found.append(staging.rows(f"SELECT epoch_us(greatest({latest})) FROM {relation}")[0][0])
    return max((moment for moment in found if moment is not None), default=None)
