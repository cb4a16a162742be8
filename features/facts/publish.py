"""From staged rows to a dataset folder: check, sort, write, and swap it in whole or not at all."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from features.errors import DataError, DatasetError
from features.facts.checks import accept_all
from features.facts.clock import format_moment, parse_moment
from features.facts.dataset import MANIFEST, Dataset, Manifest, digest_of
from features.facts.offsets import write_offsets
from features.facts.schema import TABLES, Table
from features.facts.staging import Reject, Staging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Events are read whole, again and again: 20 million moments take 42 ms from lz4 and 110 ms from zstd, for a third
#: more room on disk.
_COMPRESSION = {"events": "lz4_raw"}


@dataclass(frozen=True)
class Source:
    """What an importer knows of its source as a whole.

    ``observed_until`` and ``extracted_at`` are ISO 8601 texts; ``observed_from`` overrides, per event kind,
    the default of the kind's first event.
    """

    name: str
    importer: str
    importer_version: int
    observed_until: str
    extracted_at: str | None = None
    observed_from: dict[str, str] | None = None
    current_only: tuple[str, ...] = ()
    undated: bool = False


def silent(_: str) -> None:
    """Report nothing: the default of every ``step`` callback."""


def publish(
    staging: Staging,
    source: Source,
    into: Path,
    step: Callable[[str], None] = silent,
    *,
    beside: Callable[[Path], None] | None = None,
) -> Dataset:
    """Check everything staged, write the five tables sorted, and put the dataset in place.

    Rows at fault go to ``rejected/<table>.csv`` with table, source, row, column, value, reason and the row as
    it came. A dataset already at ``into`` is replaced in one move at the end, so an interrupted import leaves the
    old one whole. ``beside`` may write more into the folder before it is put in place.

    Raises
    ------
    DatasetError
        ``into`` holds something else than a dataset.
    DataError
        No lead is left after the checks.

    """
    _refuse_foreign_folder(into)
    step("checking every row")
    until = format_moment(parse_moment(source.observed_until))
    counts = accept_all(staging, until)
    if counts["leads"] == 0:
        reason = f"; the first: {_describe(staging.rejects[0])}" if staging.rejects else ""
        raise DataError(
            f"{source.name}: no usable lead: 0 rows accepted, {len(staging.rejects)} rejected{reason}",
            hint="times are read as ISO 8601: 2026-03-01, or 2026-03-01T10:00:00+02:00",
        )
    partial = into.parent / f".{into.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    step("sorting and writing the tables")
    for table in TABLES.values():
        _write_table(staging, table, partial / f"{table.name}.parquet")
    write_offsets(staging, partial)
    _write_rejects(staging.rejects, partial / "rejected")
    if beside is not None:
        beside(partial)
    manifest = _manifest(staging, source, until, counts, digest_of(partial))
    (partial / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _swap(partial, into)
    return Dataset.open(into)


def _refuse_foreign_folder(into: Path) -> None:
    if into.is_file():
        raise DatasetError(f"{into}: is a file; expected a folder to write the dataset to")
    if into.is_dir() and any(into.iterdir()) and not (into / MANIFEST).is_file():
        message = f"{into}: is not empty and holds no {MANIFEST}, so it is not a dataset to replace"
        raise DatasetError(message, hint="name a new or empty folder after --into")


def _describe(reject: Reject) -> str:
    where = f"{reject.source} row {reject.row}" if reject.row else reject.source
    return f"{where}, column {reject.column}: {reject.value!r} {reject.reason}"


def _write_table(staging: Staging, table: Table, file: Path) -> None:
    relation = f"accepted_{table.name}"
    columns = ", ".join(f't."{column}"' for column in table.column_names)
    join = ""
    order = [f't."{column}"' for column in table.sort]
    if "account_id" in table.sort and "account_id" not in table.column_names:
        join = "JOIN accepted_leads l ON t.lead_id = l.lead_id"
        order = ["l.account_id", *[f't."{column}"' for column in table.sort if column != "account_id"]]
    sort = ", ".join(f"{column} NULLS FIRST" for column in order)
    target = str(file).replace("'", "''")
    staging.connection.execute(
        f"COPY (SELECT {columns} FROM {relation} t {join} ORDER BY {sort}) "
        f"TO '{target}' (FORMAT parquet, COMPRESSION {_COMPRESSION.get(table.name, 'zstd')})"
    )


def _write_rejects(rejects: list[Reject], folder: Path) -> None:
    for name in {reject.table for reject in rejects}:
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Reject)])
            writer.writeheader()
            writer.writerows(asdict(reject) for reject in rejects if reject.table == name)


def _manifest(staging: Staging, source: Source, until: str, counts: dict[str, int], digest: str) -> Manifest:
    first_seen = staging.rows('SELECT kind, epoch_us(min("at")) FROM accepted_events GROUP BY kind ORDER BY kind')
    observed_from = {kind: format_moment(first) for kind, first in first_seen}
    observed_from.update(
        {kind: format_moment(parse_moment(text)) for kind, text in (source.observed_from or {}).items()}
    )
    return Manifest(
        source=source.name,
        importer=source.importer,
        importer_version=source.importer_version,
        extracted_at=format_moment(parse_moment(source.extracted_at or until)),
        observed_until=until,
        observed_from=dict(sorted(observed_from.items())),
        counts=counts,
        rejected=dict(sorted(Counter(reject.table for reject in staging.rejects).items())),
        skipped=dict(sorted(staging.skipped.items())),
        current_only=sorted(source.current_only),
        undated=source.undated,
        notes=staging.notes,
        digest=digest,
    )


def _swap(partial: Path, into: Path) -> None:
    old = into.parent / f".{into.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if into.exists():
        # What stands beside the tables (the simulated market's truth) belongs to the old data and goes with it.
        into.rename(old)
    partial.rename(into)
    shutil.rmtree(old, ignore_errors=True)
