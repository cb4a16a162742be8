"""Event offsets: from the file, or from the ids, the same."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DatasetError
from tests.features.facts.rows import GOOD, good, put

LEADS = [
    GOOD["leads"] | {"lead_id": name, "account_id": account}
    for name, account in (("L1", "b"), ("L2", None), ("L3", "a"), ("L4", "b"))
]


def events_of(owners):
    return [GOOD["events"] | {"event_id": f"e{i}", "lead_id": owner} for i, owner in enumerate(owners)]


def test_offsets_stand_in_the_order_of_the_leads(tmp_path):
    # The order is L2 (no account), L3 (a), L1 and L4 (b).
    dataset, _ = put(tmp_path / "data", good(leads=LEADS, events=events_of(["L1", "L4", "L2", "L4"])))
    assert dataset.arrow("leads")["lead_id"].to_pylist() == ["L2", "L3", "L1", "L4"]
    assert dataset.event_offsets().tolist() == [0, 1, 1, 2, 4]
    assert dataset.event_offsets().dtype == np.int64
    written = pq.read_table(dataset.path / "offsets.parquet")
    assert written.to_pydict() == {"events": [1, 0, 1, 2], "first": [0, 1, 1, 2]}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=st.lists(st.sampled_from(["L1", "L2", "L3", "L4"]), max_size=12))
def test_the_file_and_the_ids_say_the_same(tmp_path, owners):
    dataset, _ = put(tmp_path / "data", good(leads=LEADS, events=events_of(owners)))
    from_file = dataset.event_offsets()
    (dataset.path / "offsets.parquet").unlink()
    assert dataset.event_offsets().tolist() == from_file.tolist()
    owner = np.array(dataset.arrow("events")["lead_id"].to_pylist(), object)
    for lead, start, end in zip(
        dataset.arrow("leads")["lead_id"].to_pylist(), from_file[:-1], from_file[1:], strict=True
    ):
        assert (owner[start:end] == lead).all()
        assert end - start == owners.count(lead)


def test_offsets_of_other_tables_are_an_error(tmp_path):
    dataset, _ = put(tmp_path / "data", good())
    fewer, _ = put(tmp_path / "other", good(events=[]))
    dataset.file("events").write_bytes(fewer.file("events").read_bytes())
    with pytest.raises(DatasetError, match=r"offsets\.parquet: is of 1 leads and 1 events, .* hold 1 and 0"):
        dataset.event_offsets()


def test_events_in_another_order_are_an_error(tmp_path):
    dataset, _ = put(tmp_path / "data", good(leads=LEADS, events=events_of(["L2", "L1"])))
    (dataset.path / "offsets.parquet").unlink()
    table = dataset.arrow("events")
    pq.write_table(table.take([1, 0]), dataset.file("events"))
    with pytest.raises(DatasetError, match="not sorted in the order of the leads"):
        dataset.event_offsets()


def test_texts_come_as_dictionaries_on_request(tmp_path):
    dataset, _ = put(tmp_path / "data", good())
    column = dataset.arrow("events", ["kind"], encoded=("kind",))["kind"]
    assert str(column.type).startswith("dictionary")
    assert column.to_pylist() == ["visit"]
