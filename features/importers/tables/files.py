"""Opening the files that a mapping names, and holding its column names against what they really have."""

from __future__ import annotations

import glob
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from features.errors import DataError, did_you_mean
from features.importers.csv_files import CsvSource, load_csv
from features.importers.sql import ident, text
from features.importers.tables.values import EVERY, ROW_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts.staging import Staging
    from features.importers.tables.blocks import FileBlock
    from features.importers.tables.mapping import Mapping


#: Keys of the blocks that name one column.
_COLUMN_KEYS = (
    *("lead", "account", "id", "at", "known_at", "created_at", "kind_column", "value", "channel", "campaign"),
    *("label", "amount", "closed_at", "won", "verdict", "reason"),
)

#: Keys that name a column of times.
_TIME_KEYS = ("at", "known_at", "created_at", "closed_at")


@dataclass(frozen=True)
class OpenedFile:
    """A file block's rows in the scratch database: one relation, whatever number of files it came from."""

    name: str
    relation: str
    columns: tuple[str, ...]
    shown: str

    def find(self, column: str) -> str | None:
        """Return the column as the header spells it, case aside."""
        return next((name for name in self.columns if name.casefold() == column.casefold()), None)


def column(name: str) -> str:
    """Return the SQL for a column that the mapping names: a cell, or the row's own number."""
    return "_position" if name == ROW_NUMBER else ident(name)


def open_files(
    staging: Staging, mapping: Mapping, base: Path, step: Callable[[str], None]
) -> dict[str, OpenedFile]:
    """Load every file of the mapping and check every column that it names.

    Raises
    ------
    DataError
        A file is missing, unreadable or without rows, or lacks a column.

    """
    tables = _tables_fed(mapping)
    opened = {
        name: _open(staging, name, block, base, tables[name], step, number)
        for number, (name, block) in enumerate(mapping.files.items())
    }
    for name, block in mapping.files.items():
        if block.date_format:
            opened[name] = _with_iso_times(staging, opened[name], date_formats(mapping, name, opened[name]))
    for key, file, wanted in named_columns(mapping):
        _check_column(opened[file], key, wanted)
    return opened


def _open(
    staging: Staging,
    name: str,
    block: FileBlock,
    base: Path,
    table: str,
    step: Callable[[str], None],
    number: int,
) -> OpenedFile:
    parts: list[str] = []
    columns: dict[str, str] = {}
    before = 0
    paths = _expand(block, base)
    for index, path in enumerate(paths):
        step(f"reading {path.name}")
        relation = f"file_{number}_{index}"
        for found in _load(staging, block, path, base, table, relation):
            columns.setdefault(found.casefold(), found)
        parts.append(f"SELECT *, _row + {before} AS _position FROM {relation}")
        before += staging.count(relation)
    shown = ", ".join(_shown(path, base) for path in paths[:2]) + (", ..." if len(paths) > 2 else "")
    if before == 0:
        raise DataError(f"{shown}: holds a header and no usable row", hint="export it again, or take it out")
    union = " UNION ALL BY NAME ".join(parts)
    staging.connection.execute(f"CREATE OR REPLACE TEMP VIEW file_{number} AS {union}")
    return OpenedFile(name, f"file_{number}", tuple(columns.values()), shown)


def _load(staging: Staging, block: FileBlock, path: Path, base: Path, table: str, relation: str) -> list[str]:
    kind = block.format or ("parquet" if path.suffix.lower() in {".parquet", ".pq"} else "csv")
    if kind == "csv":
        source = CsvSource(path, _shown(path, base), table, block.delimiter, block.encoding)
        return load_csv(staging, source, relation)
    return _load_parquet(staging, path, _shown(path, base), relation)


def _load_parquet(staging: Staging, path: Path, shown: str, relation: str) -> list[str]:
    if not path.is_file():
        raise DataError.missing_file(path, wanted="a Parquet file")
    read = f"FROM read_parquet({text(str(path))})"
    try:
        columns = [row[0] for row in staging.rows(f"DESCRIBE SELECT * {read}")]
        # As text, so that what follows is the same for both formats; dates stay dates, times carry their offset.
        casts = ", ".join(f"{ident(name)}::VARCHAR AS {ident(name)}" for name in columns)
        staging.connection.execute(f"CREATE OR REPLACE TABLE raw_{relation} AS SELECT {casts} {read}")
    except duckdb.Error as error:
        raise DataError.unreadable(path, str(error), hint="is it a Parquet file?") from error
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW {relation} AS
        SELECT *, rowid + 1 AS _row, {text(shown)} AS _source FROM raw_{relation}"""
    )
    return columns


def _expand(block: FileBlock, base: Path) -> list[Path]:
    paths: list[Path] = []
    for pattern in block.paths:
        path = base / pattern
        if path.exists() or not glob.has_magic(pattern):
            paths.append(path)
            continue
        matches = sorted(Path(match) for match in glob.glob(str(path), recursive=True))
        if not matches:
            raise DataError.missing_file(path, wanted="at least one file of this pattern")
        paths.extend(matches)
    return paths


def _shown(path: Path, base: Path) -> str:
    return str(path.relative_to(base)) if path.is_relative_to(base) else path.name


def date_formats(mapping: Mapping, name: str, file: OpenedFile) -> dict[str, str]:
    """Return the format of each column of a file whose times are not in ISO 8601, by the header's spelling."""
    given = mapping.files[name].date_format
    times = [
        each for key, of, each in named_columns(mapping) if of == name and key.rsplit(".", 1)[1] in _TIME_KEYS
    ]
    formats = dict.fromkeys(times, given[EVERY]) if EVERY in given else {}
    formats |= {wanted: each for wanted, each in given.items() if wanted != EVERY}
    for each in formats:
        _check_column(file, f"files.{name}.date_format", each)
    return {found: each for wanted, each in formats.items() if (found := file.find(wanted)) is not None}


def _with_iso_times(staging: Staging, file: OpenedFile, formats: dict[str, str]) -> OpenedFile:
    """Rewrite times to ISO 8601; a text that is not of its format stays as it came, for the checks to see."""
    if not formats:
        return file
    changed = []
    for name, given in formats.items():
        iso = "%Y-%m-%d" if "%H" not in given and "%I" not in given else "%Y-%m-%dT%H:%M:%S.%fZ"
        cell = f"{ident(name)}::VARCHAR"
        read = f"strftime(try_strptime(trim({cell}), {text(given)}), '{iso}')"
        changed.append(f"coalesce({read}, {cell}) AS {ident(name)}")
    relation = f"{file.relation}_iso"
    staging.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {relation} AS SELECT * REPLACE ({', '.join(changed)}) FROM {file.relation}"
    )
    return replace(file, relation=relation)


def _check_column(file: OpenedFile, key: str, wanted: str) -> None:
    if wanted == ROW_NUMBER or file.find(wanted) is not None:
        return
    nearest = did_you_mean(wanted, file.columns)
    hint = None
    if len(file.columns) == 1 and any(mark in file.columns[0] for mark in ",;\t|"):
        hint = f"the header was read as one column; give files.{file.name} the right delimiter"
    raise DataError(f"{file.shown}: has no column {wanted!r}, named at {key}; {nearest}", hint=hint)


def _tables_fed(mapping: Mapping) -> dict[str, str]:
    """Return, for each file, the table that its malformed lines are reported under: the first that it feeds."""
    fed = {mapping.leads.file: "leads"}
    for name in ("attributes", "events", "opportunities", "verdicts"):
        for block in getattr(mapping, name):
            fed.setdefault(block.file, name)
    return fed


def named_columns(mapping: Mapping) -> list[tuple[str, str, str]]:
    """Return every column that the mapping names, as (key, file, column)."""
    leads = mapping.leads
    found = [
        (f"leads.{key}", leads.file, getattr(leads, key))
        for key in ("id", "account", "created_at", "order_by")
        if getattr(leads, key) is not None
    ]
    for name in ("attributes", "events", "opportunities", "verdicts"):
        for number, block in enumerate(getattr(mapping, name)):
            where = f"{name}[{number}]"
            keys = [key for key in _COLUMN_KEYS if getattr(block, key, None) is not None]
            # attributes' ``at`` is a word, not a column.
            keys = [key for key in keys if (name, key) != ("attributes", "at")]
            found += [(f"{where}.{key}", block.file, getattr(block, key)) for key in keys]
            for key in ("columns", "totals"):
                names = [each for each in getattr(block, key, None) or {} if each != EVERY]
                found += [(f"{where}.{key}", block.file, each) for each in names]
    for file, columns in mapping.refuse.items():
        found += [(f"refuse.{file}", file, each) for each in columns]
    return found


def note_columns(staging: Staging, mapping: Mapping, opened: dict[str, OpenedFile]) -> None:
    """Note what was refused and why, and which columns the mapping says nothing about."""
    for name, refused in mapping.refuse.items():
        by_reason: dict[str, list[str]] = {}
        for each, reason in refused.items():
            by_reason.setdefault(reason, []).append(each)
        reasons = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_reason.items())
        staging.note(f"Refused columns of {opened[name].shown}: {reasons}.")
    named = {(name, wanted.casefold()) for _, name, wanted in named_columns(mapping)}
    for file in opened.values():
        others = [each for each in file.columns if (file.name, each.casefold()) not in named]
        if others:
            staging.note(f"Columns of {file.shown} neither mapped nor refused: {', '.join(others)}.")
