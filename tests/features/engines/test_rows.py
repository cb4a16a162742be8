"""Rows that somebody asks for are checked before anything is computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines import LocalEngine, Wanted, read_rows
from features.errors import DataError
from features.facts.clock import DAY, format_moment, parse_moment
from features.language import FeatureSet
from features.reference import PlainLead
from tests.features.histories import START, UNTIL, write_dataset

MOMENT = parse_moment("2025-02-03T04:05:06.000007")


@pytest.mark.parametrize(
    "as_of",
    [
        pa.array([MOMENT]),
        pa.array(["2025-02-03T05:05:06.000007+01:00"]),
        pa.array([MOMENT]).cast(pa.timestamp("us")),
        pa.array([MOMENT]).cast(pa.timestamp("us", "UTC")),
        pa.array([MOMENT]).cast(pa.timestamp("us", "America/New_York")),
        pa.array([MOMENT * 1000]).cast(pa.timestamp("ns", "UTC")),
    ],
    ids=str,
)
def test_a_moment_may_be_written_in_many_ways(as_of):
    assert Wanted.of(pa.table({"lead_id": ["L"], "as_of": as_of})).as_of.tolist() == [MOMENT]


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_a_pandas_frame_is_read_by_its_instants(zone):
    moment = pd.Timestamp(MOMENT, unit="us", tz="UTC").tz_convert(zone)
    found = Wanted.of(pd.DataFrame({"lead_id": ["L"], "as_of": [moment]}))
    assert (found.lead_id.to_pylist(), found.as_of.tolist()) == (["L"], [MOMENT])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"lead": ["L"], "as_of": [1]}, "rows: lacks the column lead_id; expected the columns lead_id and as_of"),
        ({"lead_id": ["L", None], "as_of": [1, 2]}, r"rows: row 2: lead_id is empty \(1 such rows\)"),
        ({"lead_id": ["L"], "as_of": pa.array([None], pa.int64())}, "rows: row 1: as_of is empty"),
        ({"lead_id": ["L"], "as_of": ["soon"]}, "rows: as_of 'soon' is not an ISO 8601 moment"),
        ({"lead_id": ["L"], "as_of": [1.5]}, "rows: as_of holds double"),
        ({"lead_id": ["L"], "as_of": pa.array([1001]).cast(pa.timestamp("ns"))}, "rows: as_of: .* lose data"),
        ({"lead_id": [["L"]], "as_of": [1]}, "rows: lead_id holds list<.*>: Unsupported cast .*; expected texts"),
        ({"lead_id": [b"\xff"], "as_of": [1]}, "rows: lead_id holds binary: Invalid UTF8"),
        ({"lead_id": ["L"], "as_of": [[1]]}, "rows: as_of holds list"),
        (
            {"lead_id": ["L"], "as_of": pa.array([2**63], pa.uint64())},
            "rows: as_of: Integer value .* not in range",
        ),
        (
            {"lead_id": ["L", "L"], "as_of": [MOMENT, MOMENT * 1000]},
            "(?s)rows: row 2: as_of 1738.* divide them by",
        ),
        ({"lead_id": ["L"], "as_of": pa.array([2**40]).cast(pa.timestamp("s"))}, "as_of .* of no year"),
        ({"lead_id": ["L"], "as_of": pa.array([2**60]).cast(pa.timestamp("s"))}, "rows: as_of: .*out of bounds"),
    ],
)
def test_what_is_no_row_is_refused(columns, said):
    with pytest.raises(DataError, match=said):
        Wanted.of(pa.table(columns))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"lead_id": [1, "L"], "as_of": [1, 2]}, "rows: lead_id: .*; expected texts"),
        ({"lead_id": ["L", 1], "as_of": [1, 2]}, "rows: lead_id: .*; expected texts"),
        ({"lead_id": ["L", "M"], "as_of": [1, "2025-01-01"]}, "rows: as_of: .*; expected as_of: a time in UTC"),
        ({"lead_id": ["L"], "as_of": [2**70]}, "rows: as_of: .*too (large|big).*; expected as_of: a time in UTC"),
    ],
)
def test_a_frame_of_mixed_values_is_refused(columns, said):
    with pytest.raises(DataError, match=said):
        Wanted.of(pd.DataFrame(columns, dtype=object))


@pytest.mark.parametrize("name", ["lead_id", "as_of"])
def test_a_column_that_is_there_twice_is_refused(name, tmp_path):
    other = "as_of" if name == "lead_id" else "lead_id"
    table = pa.Table.from_arrays([pa.array(["2025-01-01"])] * 3, names=[name, name, other])
    said = f"has the column {name} 2 times; expected it once"
    with pytest.raises(DataError, match=f"^rows: {said}"):
        Wanted.of(table)
    with pytest.raises(DataError, match=f"^rows: {said}"):
        Wanted.of(pd.DataFrame([["L"] * 3], columns=table.column_names))
    pq.write_table(table, tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text(f"{name},{name},{other}\na,b,c\n")
    for path in (tmp_path / "rows.parquet", tmp_path / "rows.csv"):
        with pytest.raises(DataError, match=f"{path.name}: {said}"):
            read_rows(path)


@pytest.mark.parametrize(
    ("lead", "as_of", "said"),
    [
        ("L001", START + 2 * DAY, r"rows: row 2: lead 'L001' as of 2025-01-03T00:00:00Z: is not in the dataset"),
        ("L000", START + DAY, r"row 2: lead 'L000' .*: was not created before as_of \(1 such rows\)"),
        ("L000", UNTIL + 1, "row 2: lead 'L000' .*: as_of is after the observed period"),
    ],
)
def test_a_row_that_cannot_be_is_named(lead, as_of, said, tmp_path):
    dataset = write_dataset([PlainLead(START + DAY, [])], tmp_path / "data")
    history = LocalEngine().history(dataset, FeatureSet(name="none", features=()))
    rows = Wanted.of(pa.table({"lead_id": ["L000", lead], "as_of": [UNTIL, as_of]}))
    with pytest.raises(DataError, match=said):
        rows.find(history, dataset)


def test_no_rows_at_all_are_refused(tmp_path):
    dataset = write_dataset([PlainLead(START, [])], tmp_path / "data")
    history = LocalEngine().history(dataset, FeatureSet(name="none", features=()))
    none = Wanted.of(pa.table({"lead_id": pa.array([], pa.string()), "as_of": pa.array([], pa.int64())}))
    with pytest.raises(DataError, match="rows: holds no rows"):
        none.find(history, dataset)


def test_csv_and_parquet_give_the_same_rows(tmp_path):
    rows = pa.table({"lead_id": ["007", "1e5"], "as_of": [format_moment(MOMENT), "2025-01-02"]})
    pq.write_table(rows, tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text(f"as_of,lead_id,note\n{format_moment(MOMENT)},007,x\n2025-01-02,1e5,y\n")
    parquet, csv = read_rows(tmp_path / "rows.parquet"), read_rows(tmp_path / "rows.csv")
    assert csv.lead_id.to_pylist() == parquet.lead_id.to_pylist() == ["007", "1e5"]
    assert np.array_equal(csv.as_of, parquet.as_of)


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file or folder; expected a Parquet or CSV file"):
        read_rows(tmp_path / "rows.parquet")
    (tmp_path / "rows.parquet").write_text("lead_id,as_of\n")
    with pytest.raises(DataError, match=r"rows\.parquet: cannot be read"):
        read_rows(tmp_path / "rows.parquet")
