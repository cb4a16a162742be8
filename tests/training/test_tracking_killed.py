"""Killed at any moment, a training leaves no half-registered model, and the next one works."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from mlflow import MlflowClient

from models.registry import MODEL_NAME
from training.frozen import DIGEST_TAG
from training.left_runs import HOST_TAG, PROCESS_TAG, is_gone, process_tags
from training.looks import earlier_looks
from training.record import record_of
from training.runs import list_versions
from training.tracking import record_training

ROOT = Path(__file__).resolve().parents[2]

#: Where the process is killed: before or after a call.
MOMENTS = [
    ("mlflow.log_figure", "after"),
    ("training.tracking._log_child", "before"),
    ("models.lead_model.LeadModel.save", "after"),
    ("mlflow.register_model", "before"),
]
LAST = ("mlflow.register_model", "after")

SCRIPT = """
import os, pickle, signal, sys
from unittest.mock import patch
import pkgutil
import training.tracking
record, uri, name, when = sys.argv[1:]
call = pkgutil.resolve_name(name)
def killed(*given, **named):
    if when == "after":
        call(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
with open(record, "rb") as file:
    record = pickle.load(file)
with patch(name, killed):
    training.tracking.record_training(record, uri)
"""


@pytest.fixture(scope="module")
def record(registered, tmp_path_factory):
    path = tmp_path_factory.mktemp("record") / "record.pickle"
    made = record_of(registered.trained, registered.spec, {DIGEST_TAG: "killed"})
    # Figures with functions in them cannot be pickled.
    path.write_bytes(pickle.dumps(replace(made, figures={"empty.png": Figure()})))
    return path


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def kill_at(record, uri, moment):
    command = [sys.executable, "-c", SCRIPT, str(record), uri, *moment]
    done = subprocess.run(command, env=environment(), cwd=record.parent, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_killed_while_recording(record, tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    for moment in MOMENTS:
        kill_at(record, uri, moment)
        assert list_versions(uri) == [], moment
        assert earlier_looks(uri) == [], moment
    client = MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name(MODEL_NAME).experiment_id
    runs = client.search_runs([experiment], f"tags.`{DIGEST_TAG}` = 'killed'")
    assert [run.info.status for run in runs] == ["KILLED"] * len(MOMENTS)
    assert client.search_runs([experiment], "attributes.status = 'RUNNING'") == []
    models = client.search_logged_models([experiment])
    assert {model.status.value for model in models} <= {"READY", "FAILED"}

    kill_at(record, uri, LAST)
    assert [row.version for row in list_versions(uri)] == ["1"], "registered, so nothing is missing"
    [look] = earlier_looks(uri)
    assert client.get_run(look.run_id).info.status == "FINISHED"
    with open(record, "rb") as file:
        again = record_training(pickle.load(file), uri)  # noqa: S301 - written above
    assert again.version == "2"
    assert len(earlier_looks(uri)) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_the_command_killed_in_the_backtest_and_run_again(registered, tmp_path):
    spec = tmp_path / "quick.yaml"
    spec.write_text(
        "horizon: 90d\nfeatures: attributes_only\nfolds: 2\nbacktest: {folds: 2}\n"
        "model: {n_estimators: 20, learning_rate: 0.1}\n"
    )
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    command = [sys.executable, "-m", "leadquality", "train", str(registered.dataset.path), "--spec", str(spec)]
    command += ["--tracking-uri", uri, "--json"]
    log = tmp_path / "log"
    with log.open("w") as kept, subprocess.Popen(command, stdout=kept, stderr=kept, env=environment()) as process:
        until = time.monotonic() + 120
        while "backtest: origin" not in log.read_text() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()
    assert process.returncode == -signal.SIGKILL, log.read_text()
    shown = subprocess.run(
        [sys.executable, "-m", "leadquality", "runs", "--tracking-uri", uri, "--json"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 2 if not (tmp_path / "mlflow.db").exists() else json.loads(shown.stdout) == []
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [row.version for row in list_versions(uri)] == ["1"]


def test_only_a_process_of_this_machine_that_has_ended_is_gone():
    tags = process_tags()
    assert not is_gone(tags)
    assert not is_gone({}), "a run that says nothing of its process is left alone"
    number, _, rest = tags[PROCESS_TAG].partition(" ")
    assert is_gone({**tags, PROCESS_TAG: f"{number} 1{rest}"}), "its number was given out again"
    assert not is_gone({**tags, PROCESS_TAG: f"{number} 1{rest}", HOST_TAG: "elsewhere"})
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert is_gone({**tags, PROCESS_TAG: f"{ended.pid} 1 x"})
