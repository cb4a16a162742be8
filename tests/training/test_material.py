"""What a training stands on knows nothing of the time after the test began."""

from __future__ import annotations

import shutil

import duckdb
import numpy as np
import pytest

from features.facts import Dataset
from features.facts.clock import format_moment
from training.material import gather
from training.spec import Split


@pytest.fixture(scope="module")
def then_and_now(registered, tmp_path_factory):
    """The market, and the same with events of another kind and channel from the test on."""
    first = registered.trained.material
    split = Split(test_from=format_moment(first.parts.test_from))
    spec = registered.spec.model_copy(update={"split": split})
    folder = tmp_path_factory.mktemp("later") / "data"
    shutil.copytree(registered.dataset.path, folder)
    events, later = folder / "events.parquet", f"known_at >= make_timestamptz({first.parts.test_from}::BIGINT)"
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT * REPLACE (CASE WHEN {later} THEN 'future_kind' ELSE kind END AS kind,
                CASE WHEN {later} THEN 'future_channel' ELSE channel END AS channel)
            FROM read_parquet('{registered.dataset.file("events")}')) TO '{events}' (FORMAT parquet)"""
        ).fetchall()
    return gather(registered.dataset, spec), gather(Dataset.open(folder), spec)


def test_a_kind_that_first_came_in_the_test_is_no_column(then_and_now):
    now, later = then_and_now
    assert "future_kind" in later.profile.kinds
    assert later.feature_set.names == now.feature_set.names
    assert not [name for name in later.feature_set.names if "future" in name]


def test_training_rows_have_the_same_features_whatever_came_later(then_and_now):
    now, later = then_and_now
    known = now.parts.train | now.parts.young
    np.testing.assert_array_equal(later.parts.train | later.parts.young, known)
    np.testing.assert_array_equal(later.matrix[known], now.matrix[known])
    assert [f.levels for f in later.feature_set.features] == [f.levels for f in now.feature_set.features]
