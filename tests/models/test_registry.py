"""A registry that is not there is not made by asking, and what is said of it names the command that makes one."""

from __future__ import annotations

import warnings

import mlflow
import pytest

from leadquality.commands.registry import runs
from models.registry import Registry, RegistryError
from training.runs import list_versions


@pytest.mark.parametrize(("name", "there"), [("none.db", False), ("folder/none.db", False), ("empty.db", True)])
@pytest.mark.parametrize("ask", [Registry, list_versions], ids=["registry", "runs"])
def test_asking_makes_no_registry(tmp_path, capfd, name, there, ask):
    path = tmp_path / name
    if there:
        path.touch()
    with pytest.raises(RegistryError, match="so there is no registry yet") as caught:
        ask(f"sqlite:///{path}")
    assert caught.value.message.startswith(f"sqlite:///{path}: {'an empty file' if there else 'no such file'}")
    assert caught.value.hint == "leadquality train DATASET makes one; or name another with --tracking-uri"
    assert [found.name for found in tmp_path.iterdir()] == (["empty.db"] if there else [])
    assert not there or path.stat().st_size == 0
    assert capfd.readouterr() == ("", ""), "no word of MLflow's migrations"


def test_a_registry_without_versions_says_so(tmp_path, capsys):
    uri = f"sqlite:///{tmp_path}/new.db"
    with warnings.catch_warnings():
        # SQLAlchemy's, once a process, of how MLflow declares its tables.
        warnings.simplefilter("ignore", DeprecationWarning)
        mlflow.MlflowClient(uri, uri).search_experiments()
    capsys.readouterr()
    assert list_versions(uri) == []
    runs(tracking_uri=uri)
    printed = capsys.readouterr().out
    assert "holds no version yet" in printed
    assert "leadquality train DATASET" in printed
