"""The command's flags: rows of one's own, and an engine that cannot run."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.errors import ConfigError, DataError
from features.facts.clock import DAY, format_moment
from features.reference import PlainLead
from leadquality import cli
from leadquality.files import write_frame
from tests.features.histories import START, event, write_dataset


@pytest.fixture
def data(tmp_path):
    people = [PlainLead(START, [event(START + DAY)], deals=[(START + 2 * DAY, None, None)]), PlainLead(START, [])]
    return write_dataset(people, tmp_path / "data").path


def run(*arguments):
    return CliRunner().invoke(cli.app, ["features", *map(str, arguments)])


def test_rows_are_answered_in_their_order_open_or_not(data, tmp_path):
    moments = [format_moment(START + n * DAY) for n in (3, 1, 5)]
    rows = pd.DataFrame({"lead_id": ["L000", "L001", "L000"], "as_of": moments})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    found = run(data, "--rows", tmp_path / "rows.csv", "-o", tmp_path / "out.parquet")
    assert found.exit_code == 0, found.output
    assert "3 rows," in found.output
    frame = pd.read_parquet(tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(frame[["lead_id", "as_of"]], rows, check_dtype=False)
    assert frame["lead_age"].tolist() == [3, 1, 5]
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_rows_of_another_type_are_named_without_a_traceback(data, tmp_path):
    rows = pd.DataFrame({"lead_id": [["L000"]], "as_of": ["2025-02-01"]})
    rows.to_parquet(tmp_path / "rows.parquet")
    found = run(data, "--rows", tmp_path / "rows.parquet", "-o", tmp_path / "out.parquet")
    assert isinstance(found.exception, DataError)
    assert "rows.parquet: lead_id holds list" in found.exception.message
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("arguments", [[], ["--as-of", "now", "--rows", "rows.csv"]])
def test_a_moment_or_rows_must_be_given(arguments, data, tmp_path):
    found = run(data, *arguments, "-o", tmp_path / "out.parquet")
    assert isinstance(found.exception, ConfigError)
    assert "give either --as-of or --rows" in found.exception.message


def test_a_master_without_spark_is_refused(data, tmp_path):
    found = run(data, "--as-of", "now", "-o", tmp_path / "out.parquet", "--master", "local[2]")
    assert isinstance(found.exception, ConfigError)


def test_a_file_that_cannot_be_written_whole_is_left_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "out.parquet").write_text("old")

    def interrupted(frame, path, **given):
        path.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_parquet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_frame(pd.DataFrame({"x": [1]}), tmp_path / "out.parquet")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out.parquet", "old")]
