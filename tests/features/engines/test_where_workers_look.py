"""Spark's workers find this package wherever the command is run from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import features
from features.engines.spark_session import settings


def test_workers_of_this_machine_find_the_package_outside_the_repository(tmp_path, monkeypatch):
    """An editable installation is found by a hook that a list of paths does not carry."""
    root = str(Path(features.__file__).parents[1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in {"", root}])
    paths = settings("local[2]")["spark.executorEnv.PYTHONPATH"].split(os.pathsep)
    assert root in paths
