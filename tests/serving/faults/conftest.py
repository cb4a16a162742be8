"""Real servers over a registry of two versions, with a clock that can be set and an ear for calls to outside."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from mlflow import MlflowClient

from models.registry import CHAMPION, MODEL_NAME
from training.tracking import Record, record_training

#: Read by the interpreter before anything else: shifts the clock by what a file says, and writes down every
#: address that Python connects to.
SITE = """
import os, sys, time

_real = time.time_ns

def _shifted():
    try:
        with open(os.environ["TEST_CLOCK"]) as file:
            return _real() + int(file.read() or 0) * 1_000_000_000
    except OSError:
        return _real()

time.time_ns = _shifted

def _hear(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open(os.environ["TEST_CALLS"], "a") as file:
            file.write(f"{arguments[1] if event == 'socket.connect' else arguments[0]}\\n")

sys.addaudithook(_hear)
"""


@pytest.fixture(scope="session")
def served_registry(model, tmp_path_factory):
    """Return the URI of a registry with versions 1 (the champion) and 2."""
    folder = tmp_path_factory.mktemp("served")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    for each in (model, replace(model, past=None)):
        record_training(Record(each, {}, {}, {}, {}, {}), uri)
    point(uri, "1")
    return uri


def point(uri, version):
    """Make a version champion, by the registry's own means."""
    MlflowClient(uri, uri).set_registered_model_alias(MODEL_NAME, CHAMPION, version)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the environment that has a server's interpreters read SITE, and its two files."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(SITE)
    return {
        "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "TEST_CLOCK": str(folder / "clock"),
        "TEST_CALLS": str(folder / "calls"),
    }
