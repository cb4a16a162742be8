"""From staged rows to a dataset folder: check, merge, sort, write, and put it in place whole or not at all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from features.errors import DataError, DatasetError
from features.facts import place
from features.facts.checks import accept_all
from features.facts.clock import format_moment, parse_moment
from features.facts.dataset import Dataset, Manifest, digest_of
from features.facts.ends import note_early_end, note_untimed_ends
from features.facts.merge import Merge
from features.facts.offsets import write_offsets
from features.facts.place import MANIFEST
from features.facts.schema import TABLES, Table
from features.facts.sql import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from features.facts.rejects import Reject
    from features.facts.staging import Staging

#: Events are read whole, again and again: 20 million moments take 42 ms from lz4 and 110 ms from zstd, for a third
#: more room on disk.
_COMPRESSION = {"events": "lz4_raw"}


@dataclass(frozen=True)
class Source:
    """What an importer knows of its source as a whole.

    ``observed_until`` and ``extracted_at`` are ISO 8601 texts; ``observed_from`` overrides, per event kind,
    the default of the kind's first event. ``report`` is what the importer tells in figures, for ``dataset.json``.
    """

    name: str
    importer: str
    importer_version: int
    observed_until: str
    extracted_at: str | None = None
    observed_from: dict[str, str] | None = None
    current_only: tuple[str, ...] = ()
    undated: bool = False
    report: dict[str, Any] = field(default_factory=dict)


def silent(_: str) -> None:
    """Report nothing: the default of every ``step`` callback."""


def publish(
    staging: Staging,
    source: Source,
    into: Path,
    step: Callable[[str], None] = silent,
    *,
    beside: Callable[[Path], None] | None = None,
    merge: bool = False,
) -> Dataset:
    """Check everything staged, write the five tables sorted, and put the dataset in place.

    Rows at fault go to ``rejected/<table>.csv`` with table, source, row, column, value, reason and the row as
    it came. A dataset already at ``into`` is replaced in one move at the end, so an interrupted import leaves the
    old one whole; with ``merge`` what it holds is kept, by the rules of :mod:`features.facts.merge`. ``beside``
    may write more into the folder before it is put in place.

    Raises
    ------
    DatasetError
        ``into`` holds something else than a dataset, or, with ``merge``, one of another source.
    DataError
        No lead is left after the checks. The rejects are then in ``<into>.rejected/``.

    """
    place.recover(into)
    _refuse_foreign_folder(into)
    until = format_moment(parse_moment(source.observed_until))
    manifest = _manifest(source, until)
    merging = Merge.of(staging, Dataset.open(into), manifest) if merge and (into / MANIFEST).is_file() else None
    step("checking every row")
    counts = accept_all(staging, until, merging.known_leads if merging else None)
    if counts["leads"] == 0:
        raise _no_lead(staging, source, into)
    if not source.undated:
        note_early_end(staging, until)
    note_untimed_ends(staging)
    manifest = manifest.model_copy(update=_tallies(staging, manifest))
    if merging:
        step("merging with what was known before")
        manifest = merging.merged(manifest)
    partial = place.begin(into)
    step("sorting and writing the tables")
    for table in TABLES.values():
        _write_table(staging, table, partial / f"{table.name}.parquet")
    write_offsets(staging, partial)
    staging.all_rejects.write(partial / "rejected")
    if beside is not None:
        beside(partial)
    counts = {name: staging.count(f"accepted_{name}") for name in TABLES}
    manifest = manifest.model_copy(update={"counts": counts, "digest": digest_of(partial)})
    place.finish(into, manifest.model_dump_json(indent=2) + "\n")
    return Dataset.open(into)


def _refuse_foreign_folder(into: Path) -> None:
    if into.is_file():
        raise DatasetError(f"{into}: is a file; expected a folder to write the dataset to")
    if into.is_dir() and any(into.iterdir()) and not (into / MANIFEST).is_file():
        message = f"{into}: is not empty and holds no {MANIFEST}, so it is not a dataset to replace"
        raise DatasetError(message, hint="name a new or empty folder after --into")


def _no_lead(staging: Staging, source: Source, into: Path) -> DataError:
    rejected = sum(staging.all_rejects.counts().values())
    message = f"{source.name}: no usable lead: 0 rows accepted, {rejected} rejected"
    if rejected:
        folder = into.parent / f"{into.name}.rejected"
        shutil.rmtree(folder, ignore_errors=True)
        staging.all_rejects.write(folder)
        message += f" (see {folder}); the first: {_describe(staging.all_rejects.first(1)[0])}"
    return DataError(message, hint="times are read as ISO 8601: 2026-03-01, or 2026-03-01T10:00:00+02:00")


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
    staging.connection.execute(
        f"COPY (SELECT {columns} FROM {relation} t {join} ORDER BY {sort}) "
        f"TO {text(file)} (FORMAT parquet, COMPRESSION {_COMPRESSION.get(table.name, 'zstd')})"
    )


def _manifest(source: Source, until: str) -> Manifest:
    """Return what is known before the rows are checked."""
    extracted_at = format_moment(parse_moment(source.extracted_at or until))
    return Manifest(
        source=source.name,
        importer=source.importer,
        importer_version=source.importer_version,
        extracted_at=extracted_at,
        exports=[extracted_at],
        observed_until=until,
        observed_from={
            kind: format_moment(parse_moment(text)) for kind, text in sorted((source.observed_from or {}).items())
        },
        counts={},
        current_only=sorted(source.current_only),
        undated=source.undated,
        report=source.report,
        digest="",
    )


def _tallies(staging: Staging, manifest: Manifest) -> dict[str, Any]:
    """Return what the manifest says of the rows, once they are checked."""
    first_seen = staging.rows('SELECT kind, epoch_us(min("at")) FROM accepted_events GROUP BY kind ORDER BY kind')
    observed_from = {kind: format_moment(first) for kind, first in first_seen} | manifest.observed_from
    return {
        "observed_from": dict(sorted(observed_from.items())),
        "rejected": staging.all_rejects.counts(),
        "skipped": dict(sorted(staging.skipped.items())),
        "notes": list(staging.notes),
    }
