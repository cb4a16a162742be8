"""Where a training is to be recorded is looked at before it begins."""

from __future__ import annotations

import pytest

from models.registry import RegistryError
from training.looks import earlier_looks
from training.tracker import check_place, reachable


@pytest.mark.parametrize(
    ("uri", "seen", "instead"),
    [
        ("sqlite:///{tmp}", "names a folder", "sqlite:///{tmp}/mlflow.db"),
        ("sqlite:///{tmp}/", "names a folder", "sqlite:///{tmp}/mlflow.db"),
        ("sqlite:///{tmp}/none/", "ends as a folder does", "sqlite:///{tmp}/none/mlflow.db"),
        ("sqlite:///{tmp}/file/x.db", "{tmp}/file is no folder", "sqlite:///mlflow.db"),
        ("sqlite:///", "names no file", "sqlite:///mlflow.db"),
        ("sqlite://", "names no file", "sqlite:///mlflow.db"),
        ("file://{tmp}/runs", "a folder of files, which MLflow no longer writes to", "{tmp}/runs/mlflow.db"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_what_to_type(tmp_path, uri, seen, instead):
    (tmp_path / "file").write_text("a text")
    uri, seen, instead = (part.format(tmp=tmp_path) for part in (uri, seen, instead))
    with pytest.raises(RegistryError) as caught:
        earlier_looks(uri)
    assert f"tracking URI {uri}: {seen}" in caught.value.message
    assert "expected sqlite:///FILE in a folder that can be written" in caught.value.message
    assert caught.value.hint.endswith(instead)


def test_a_missing_folder_is_no_fault_and_is_not_made_by_looking(tmp_path):
    check_place(f"sqlite:///{tmp_path}/new/deeper/x.db")
    assert earlier_looks(f"sqlite:///{tmp_path}/new/deeper/x.db") == []
    assert not (tmp_path / "new").exists()


def test_servers_are_asked_when_they_are_used():
    check_place("http://localhost:1")
    check_place("postgresql://localhost:1/none")


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").write_text("a text")
    with (
        pytest.raises(RegistryError, match="cannot be used for tracking"),
        reachable(f"sqlite:///{tmp_path}/file/x"),
    ):
        raise AssertionError("not reached")
