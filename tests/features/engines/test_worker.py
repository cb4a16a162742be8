"""What travels between driver and executors arrives as it left."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.engines import worker
from features.engines.spark import count_buckets
from features.engines.worker import Job, error_from, run_bucket, unpack, versions
from features.errors import ConfigError
from features.history.tables import ask_header, header_of, read_tables
from features.language.needs import Needs
from features.reference import PlainLead
from tests.features.every_feature import every_feature
from tests.features.histories import START, UNTRACKED, event, write_dataset


@pytest.fixture
def dataset(tmp_path):
    people = [
        PlainLead(START, [event(START)], versions={("lead", UNTRACKED): [(START, "200")]}),
        PlainLead(START, [], "acme", {("account", "size"): [(START, "10")]}, deals=[(START + 1, None, None)]),
    ]
    return write_dataset(people, tmp_path / "data")


def test_a_job_is_text_that_reads_back(dataset):
    job = Job(every_feature().to_json(), ask_header(dataset), "here", versions())
    assert Job.from_json(job.to_json()) == job


def test_the_header_asked_for_is_that_of_the_tables_read(dataset):
    everything = Needs.of(None)
    asked = ask_header(dataset)
    assert asked == header_of(dataset, read_tables(dataset, everything), everything)
    assert asked.attributes == (("account", "size"), ("lead", UNTRACKED))
    assert asked.observed_from["account.opportunity"] == START + 1


def test_packed_rows_keep_every_bit(monkeypatch):
    monkeypatch.setattr(worker, "_MOST_BYTES", 100)
    matrix = np.random.default_rng(1).normal(size=(50, 3))
    matrix[3] = np.nan, -0.0, np.inf
    row = np.random.default_rng(2).permutation(50)
    packed = worker._packed(row, matrix)
    assert packed["features"].num_chunks > 5
    out = np.empty_like(matrix)
    assert unpack(packed.slice(0, 20), out) + unpack(packed.slice(20), out) == 50
    assert np.array_equal(out[row].view(np.int64), matrix.view(np.int64))


def test_an_error_travels_through_text():
    told = Job("{}", ask_header_of_nothing(), "here", versions() | {"numba": "0.1"}).to_json()
    with pytest.raises(RuntimeError) as caught:
        run_bucket(told, pa.table({}))
    found = error_from(f"Traceback ...\nRuntimeError: {caught.value}\n at org.apache.spark")
    assert isinstance(found, ConfigError)
    assert found.message.startswith("an executor has another numba ")
    assert "docs/scale.md" in found.hint
    assert error_from("java.lang.OutOfMemoryError") is None


def ask_header_of_nothing():
    return worker.Header((), (), {}, ())


@pytest.mark.parametrize(
    ("facts", "result", "parallel", "buckets"),
    [(10, 0, 2, 4), (50_000_000, 0, 2, 50), (10, 2**30, 2, 8), (1_000_001, 0, 1, 2)],
)
def test_buckets_are_small_enough_and_many_enough(facts, result, parallel, buckets, dataset):
    dataset.manifest.counts.clear()
    dataset.manifest.counts["events"] = facts
    assert count_buckets(dataset, result, parallel) == buckets
