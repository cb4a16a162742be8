"""What an executor does with one bucket of accounts: lay out their history and run the plan over it.

Executors import this module; it knows nothing of Spark.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import features
from features import errors
from features.facts.offsets import find_offsets
from features.history import History
from features.history.event_columns import EventColumns
from features.history.tables import EVENT_TEXTS, OPPORTUNITY_COLUMNS, Header, Tables, no_attributes
from features.language import FeatureSet
from features.language.needs import Needs
from features.plan import Plan, compile_plan

#: Numbers of the tables in a bucket's rows.
LEADS, EVENTS, ATTRIBUTES, OPPORTUNITIES, WANTED = range(5)
#: Around an error's text, so that it is found in what Spark makes of it.
MARK = "<<lead quality>>"
#: A column of bytes holds less than 2 GiB.
_MOST_BYTES = 2**28
#: Our own files that a feature's bits depend on.
_CODE = (
    "history/*",
    "kernel/*",
    "language/*",
    "plan/*",
    "texts/**/*",
    "functions.py",
    "numbers.py",
    "engines/worker.py",
)
_TIMES = frozenset({"created_at", "at", "known_at", "closed_at"})


@dataclass(frozen=True)
class Job:
    """All that is shipped to executors beside the facts: plain text, nothing compiled and nothing pickled.

    ``where`` names the dataset in errors; ``versions`` are the driver's.
    """

    feature_set: str
    header: Header
    where: str
    versions: dict[str, str]

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a shipped job."""
        content = json.loads(text)
        header = content["header"]
        attributes = tuple((entity, name) for entity, name in header["attributes"])
        kinds, current_only = tuple(header["kinds"]), tuple(header["current_only"])
        return cls(**content | {"header": Header(kinds, attributes, header["observed_from"], current_only)})


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return what the bits of a feature depend on: our own code and word lists, and the libraries below them."""
    digest = hashlib.sha256()
    folder = Path(features.__file__).parent
    files = [file for part in _CODE for file in folder.glob(part) if file.suffix in {".py", ".yaml"}]
    for file in sorted(files):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    libraries = {name: version(name) for name in ("numba", "numpy", "pyarrow")}
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "code of features": digest.hexdigest()[:12],
        "python": python,
        "processor": platform.machine(),
    } | libraries


def run_bucket(job: str, rows: pa.Table) -> pa.Table:
    """Return ``row`` (int64) and ``features`` (the float64 of all columns as bytes) of a bucket's wanted rows.

    ``rows`` are those of all tables, told apart by ``part``, with their ``position`` in its file. An error that a
    user can mend is raised as text between two marks, since no exception of ours passes through Spark whole.
    """
    try:
        return _run(job, rows)
    except errors.LeadQualityError as error:
        told = json.dumps({"type": type(error).__name__, "message": error.message, "hint": error.hint})
        raise RuntimeError(f"{MARK}{told}{MARK}") from error


def error_from(text: str) -> errors.LeadQualityError | None:
    """Return the error that an executor raised, found in the text of Spark's own."""
    parts = text.split(MARK)
    if len(parts) < 3:
        return None
    told = json.loads(parts[1])
    kind = getattr(errors, told["type"], errors.LeadQualityError)
    return kind(told["message"], hint=told["hint"])


def _run(text: str, rows: pa.Table) -> pa.Table:
    job, plan = _prepare(text)
    wanted = _part(rows, WANTED, ["lead_id", "as_of", "position"])
    if len(wanted) == 0:
        return _packed(np.empty(0, np.int64), np.empty((0, len(plan.feature_set.features))))
    needs = Needs.of(plan.feature_set)
    history = History.from_tables(_tables(rows, needs, job.where), job.header, needs, where=job.where)
    leads = history.positions(wanted["lead_id"])
    if (leads < 0).any():
        raise errors.DatasetError(f"{job.where}: leads.parquet has changed since the work began", hint="try again")
    matrix = plan.run(history, leads, wanted["as_of"].to_numpy(), threads=1)
    return _packed(wanted["position"].to_numpy(), matrix)


@lru_cache(maxsize=2)
def _prepare(text: str) -> tuple[Job, Plan]:
    job = Job.from_json(text)
    here = versions()
    other = [
        f"{name} {here[name]} (driver: {job.versions[name]})" for name in here if here[name] != job.versions[name]
    ]
    if other:
        message = f"an executor has another {', another '.join(other)}, so its numbers need not be the same bits"
        raise errors.ConfigError(message, hint="give executors the driver's environment; see docs/scale.md")
    feature_set = FeatureSet.from_json(job.feature_set, where="the shipped feature set")
    return job, compile_plan(feature_set, job.header.kinds, job.header.observed_from)


def _tables(rows: pa.Table, needs: Needs, where: str) -> Tables:
    leads = _part(rows, LEADS, ["lead_id", "account_id", "created_at"])
    events, offsets = EventColumns.nothing(), np.zeros(len(leads) + 1, np.int64)
    if needs.events:
        given = _part(rows, EVENTS, ["lead_id", "kind", "at", "known_at", *needs.event_columns])
        offsets = find_offsets(leads, given, Path(where))
        for name in EVENT_TEXTS:
            if name in given.column_names and not pa.types.is_dictionary(given[name].type):
                given = given.set_column(given.column_names.index(name), name, given[name].dictionary_encode())
        events = EventColumns.of(given, needs)
    attributes = no_attributes()
    if needs.attributes is None or needs.attributes:
        attributes = _part(rows, ATTRIBUTES, ["entity", "entity_id", "name", "text", "known_at"])
        attributes = attributes.rename_columns({"text": "value"})
    return Tables(leads, events, attributes, _part(rows, OPPORTUNITIES, list(OPPORTUNITY_COLUMNS)), offsets)


def _part(rows: pa.Table, part: int, columns: list[str]) -> pa.Table:
    """Return one table's rows in the order of its file, times as times."""
    own = rows.filter(pc.equal(rows["part"], part)).sort_by("position").select(columns)
    for name in _TIMES & set(columns):
        own = own.set_column(columns.index(name), name, own[name].cast(pa.timestamp("us", "UTC")))
    return own


def _packed(row: np.ndarray, matrix: np.ndarray) -> pa.Table:
    """Return each row's float64 as bytes, in pieces that Arrow's 32-bit offsets can hold."""
    width = matrix.shape[1] * 8
    pieces = []
    for part in np.array_split(matrix, max(1, -(-len(matrix) * width // _MOST_BYTES))):
        offsets = np.arange(len(part) + 1, dtype=np.int32) * np.int32(width)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(part))]
        pieces.append(pa.Array.from_buffers(pa.binary(), len(part), buffers))
    return pa.table({"row": row, "features": pa.chunked_array(pieces, pa.binary())})


def unpack(packed: pa.Table, out: np.ndarray) -> int:
    """Write packed rows to their places in ``out`` (rows, features); return how many they were."""
    for batch in packed.to_batches():
        column = batch.column("features")
        values = column.buffers()[2]
        if len(batch) and values is not None:
            first = column.offset * out.shape[1]
            numbers = np.frombuffer(values, np.float64, offset=first * 8, count=len(batch) * out.shape[1])
            out[batch.column("row").to_numpy()] = numbers.reshape(len(batch), out.shape[1])
    return len(packed)
