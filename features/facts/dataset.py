"""A dataset: a folder of Parquet tables and ``dataset.json``, the product's only form of history."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from features.errors import DatasetError
from features.facts.clock import parse_moment
from features.facts.offsets import OFFSETS, find_offsets, read_offsets
from features.facts.place import MANIFEST, recover
from features.facts.schema import TABLES
from features.facts.sql import text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

DATASET_VERSION = 1


class Manifest(BaseModel):
    """What ``dataset.json`` says of a dataset; times are ISO 8601 in UTC.

    ``observed_from`` gives, for each event kind, the first moment from which it is observed: a window that
    reaches back before it is unknown, not zero. ``current_only`` names the attributes whose source keeps no
    history, so that their one version is the value on the day of export. ``undated`` says that the source
    had no dates and that times only keep its order.

    ``exports`` says when each of the exports that were merged was made, or the only one. ``history_from`` tells,
    for an attribute of ``current_only``, since when its changes are seen where there were several: each export is
    a version, and only the value before the first of them is as of that day.
    """

    model_config = ConfigDict(extra="forbid")

    version: int = DATASET_VERSION
    source: str
    importer: str
    importer_version: int
    extracted_at: str
    observed_until: str
    observed_from: dict[str, str] = Field(default_factory=dict)
    counts: dict[str, int]
    rejected: dict[str, int] = Field(default_factory=dict)
    skipped: dict[str, int] = Field(default_factory=dict)
    current_only: list[str] = Field(default_factory=list)
    exports: list[str] = Field(default_factory=list)
    history_from: dict[str, str] = Field(default_factory=dict)
    undated: bool = False
    report: dict[str, Any] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    digest: str

    @field_validator("extracted_at", "observed_until")
    @classmethod
    def _is_moment(cls, text: str) -> str:
        parse_moment(text)
        return text

    @field_validator("observed_from", "history_from")
    @classmethod
    def _are_moments(cls, texts: dict[str, str]) -> dict[str, str]:
        for moment in texts.values():
            parse_moment(moment)
        return texts


@dataclass(frozen=True)
class Dataset:
    """An opened dataset folder.

    Use :meth:`Dataset.open`, which refuses a folder that is not a dataset or is of another version.
    """

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: str | Path) -> Dataset:
        """Open a dataset folder.

        Raises
        ------
        DatasetError
            The folder, its manifest or one of its tables is missing or unreadable.

        """
        folder = Path(path)
        recover(folder)
        manifest = folder / MANIFEST
        if not manifest.is_file():
            what = "no such folder" if not folder.exists() else f"no {MANIFEST} in it, so it is not a dataset"
            raise DatasetError(f"{folder}: {what}", hint="make one with: leadquality import --help")
        try:
            parsed = Manifest.model_validate_json(manifest.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError, OSError) as error:
            message = f"{manifest}: cannot be understood: {str(error).splitlines()[0]}"
            raise DatasetError(message, hint="import the source again with this version") from error
        if parsed.version != DATASET_VERSION:
            message = f"{manifest}: dataset version {parsed.version}, this program reads {DATASET_VERSION}"
            raise DatasetError(message, hint="import the source again with this version")
        missing = [name for name in TABLES if not (folder / f"{name}.parquet").is_file()]
        if missing:
            message = f"{folder}: lacks {', '.join(f'{name}.parquet' for name in missing)}"
            raise DatasetError(message, hint="import the source again; an import is all or nothing")
        return cls(folder, parsed)

    @property
    def observed_until(self) -> int:
        """End of the observed period, in microseconds since 1970 UTC."""
        return parse_moment(self.manifest.observed_until)

    @property
    def observed_from(self) -> dict[str, int]:
        """First observed moment of each event kind, in microseconds since 1970 UTC."""
        return {kind: parse_moment(text) for kind, text in self.manifest.observed_from.items()}

    def file(self, table: str) -> Path:
        """Path of a table's Parquet file."""
        return self.path / f"{table}.parquet"

    def arrow(self, table: str, columns: list[str] | None = None, *, encoded: tuple[str, ...] = ()) -> pa.Table:
        """Read a table, or some of its columns, as Arrow.

        ``encoded`` names text columns to give as Arrow dictionaries, as the file holds them: for an event's kind
        or lead, ten times as fast as its texts.
        """
        try:
            return pq.read_table(self.file(table), columns=columns, read_dictionary=list(encoded))
        except (OSError, ValueError) as error:
            message = f"{self.file(table)}: cannot be read: {str(error).splitlines()[0]}"
            raise DatasetError(message, hint="import the source again") from error

    def event_offsets(self) -> np.ndarray:
        """Return where each lead's events begin and end in events.parquet: (leads + 1,), int64.

        Lead ``i`` of leads.parquet has the events from ``offsets[i]`` to before ``offsets[i + 1]``.
        """
        found = read_offsets(self.path)
        if found is not None:
            return found
        leads, events = self.arrow("leads", ["lead_id"]), self.arrow("events", ["lead_id"], encoded=("lead_id",))
        return find_offsets(leads, events, self.path)

    def frame(self, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a table, or some of its columns, as a pandas frame; times are UTC."""
        return self.arrow(table, columns).to_pandas()

    def query(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """Run SQL over the dataset, each table under its own name, and return a pandas frame."""
        with self._connect() as connection:
            return connection.execute(sql, parameters or []).df()

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL over the dataset and return its rows as tuples."""
        with self._connect() as connection:
            return connection.execute(sql, parameters or []).fetchall()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        for name in TABLES:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({text(self.file(name))})")
        return connection


def digest_of(folder: Path) -> str:
    """Return a SHA-256 over the five tables' files, in their fixed order, and the offsets where there are any."""
    digest = hashlib.sha256()
    files = {name: folder / f"{name}.parquet" for name in TABLES} | {"offsets": folder / OFFSETS}
    for name, path in files.items():
        if name == "offsets" and not path.is_file():
            continue
        digest.update(name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
