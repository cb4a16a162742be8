"""Events read from the file, row group by row group, are those of the Arrow table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DatasetError
from features.history import History
from features.history.event_columns import EventColumns
from features.history.read_events import read_events
from features.language.needs import Needs
from features.reference import PlainLead
from tests.features.histories import START, event, write_dataset

EVERYTHING = Needs.of(None)
TEXTS = ["kind", "channel", "campaign"]
TIME = pa.timestamp("us", "UTC")

names = st.sampled_from([None, "a", "b", "c"])
rows = st.lists(
    st.tuples(
        st.sampled_from(["call", "mail", "visit"]),
        st.integers(0, 9),
        st.sampled_from([0, 0, 0, 5]),
        names,
        names,
        st.sampled_from([None, 1.5, -2.0]),
    ),
    max_size=20,
)


def write(folder, given, group):
    kind, at, delay, channel, campaign, value = zip(*given, strict=True) if given else [[]] * 6
    known_at = [moment + later for moment, later in zip(at, delay, strict=True)]
    table = pa.table(
        {
            "kind": pa.array(kind, pa.string()),
            "at": pa.array(at, pa.int64()).cast(TIME),
            "known_at": pa.array(known_at, pa.int64()).cast(TIME),
            "channel": pa.array(channel, pa.string()),
            "campaign": pa.array(campaign, pa.string()),
            "value": pa.array(value, pa.float64()),
        }
    )
    pq.write_table(table, folder / "events.parquet", row_group_size=group)
    return folder / "events.parquet"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=rows, group=st.integers(1, 7))
def test_columns_are_those_of_the_table(tmp_path, given, group):
    file = write(tmp_path, given, group)
    expected = EventColumns.of(pq.read_table(file, read_dictionary=TEXTS), EVERYTHING)
    found = read_events(file, EVERYTHING, [])
    for mine, base in zip(found, expected, strict=True):
        if isinstance(mine, np.ndarray):
            assert mine.dtype == base.dtype
            assert np.array_equal(mine, base, equal_nan=mine.dtype == np.float64)
        else:
            assert mine.names == base.names
            assert mine.codes.tolist() == base.codes.tolist()
    assert (found.known_at is found.at) == all(delay == 0 for _, _, delay, *_ in given)


def test_kinds_that_never_happened_are_named_and_not_counted(tmp_path):
    file = write(tmp_path, [("visit", 1, 0, None, None, None), ("call", 2, 0, None, None, None)], 1)
    found = read_events(file, Needs((), None), ["visit", "email"])
    assert found.kind.names == ("call", "email", "visit")
    assert found.kind.codes.tolist() == [2, 0]
    assert len(found.value) == len(found.channel.codes) == 0


@pytest.mark.parametrize("rewritten", [[1, 0], [0, 2]])
def test_events_that_are_not_sorted_are_an_error(tmp_path, rewritten):
    people = [PlainLead(START, [event(START + 1), event(START + 5), event(START)]), PlainLead(START, [])]
    dataset = write_dataset(people, tmp_path / "data")
    History.from_dataset(dataset)
    table, order = dataset.arrow("events"), [0, 1, 2]
    order[rewritten[0]], order[rewritten[1]] = rewritten[1], rewritten[0]
    pq.write_table(table.take(order), dataset.file("events"))
    with pytest.raises(DatasetError, match=r"not sorted by account, lead and time"):
        History.from_dataset(dataset)


def test_times_fall_from_one_lead_to_the_next(tmp_path):
    people = [PlainLead(START, [event(START + 9)]), PlainLead(START, [event(START)])]
    assert History.from_dataset(write_dataset(people, tmp_path / "data")).arrays.event_at.tolist() == [
        START + 9,
        START,
    ]


def test_an_event_without_a_time_is_an_error(tmp_path):
    dataset = write_dataset([PlainLead(START, [event(START)])], tmp_path / "data")
    table = dataset.arrow("events")
    empty = table.set_column(table.column_names.index("at"), "at", pa.array([None], TIME))
    pq.write_table(empty, dataset.file("events"))
    with pytest.raises(DatasetError, match=r"events\.parquet: holds an event without at"):
        History.from_dataset(dataset)


def test_a_broken_file_is_an_error(tmp_path):
    dataset = write_dataset([PlainLead(START, [event(START)])], tmp_path / "data")
    dataset.file("events").write_bytes(b"PAR1 no more")
    with pytest.raises(DatasetError, match=r"events\.parquet"):
        History.from_dataset(dataset)
