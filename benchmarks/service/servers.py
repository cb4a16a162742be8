"""The servers that are asked, each in processes of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.request import urlopen

import psutil
from mlflow import MlflowClient

from benchmarks.service.plain import MODEL
from features.simulation import import_simulated
from models.lead_model import LeadModel
from models.registry import CHAMPION, MODEL_NAME
from training.fit import fit_all
from training.material import gather
from training.spec import read_spec
from training.tracking import Record, record_training

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

#: The server that all others are held against.
ECHO = "bare echo on uvicorn"
PLAIN = "@bentoml.api with shap.TreeExplainer"
NO_LEDGER = "ours, no ledger"
PROCESS = "ours, ledger outlives the process"
POWER = "ours, ledger outlives a power cut"


def prepare(given: Path | None, folder: Path) -> Path:
    """Return the model's folder, of a small model trained here where none is given, and make it the champion."""
    if given is None:
        spec = read_spec("default", card="b2b_example", folds=2)
        fit_all(gather(import_simulated(6000, 1, folder / "dataset"), spec), spec).model.save(folder / "model")
    model, uri = given or folder / "model", registry(folder)
    record_training(Record(LeadModel.load(model), {}, {}, {}, {}, {}), uri)
    MlflowClient(uri, uri).set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    return model


def registry(folder: Path) -> str:
    """Return the address of the registry in a folder."""
    return f"sqlite:///{folder}/mlflow.db"


def commands(folder: Path) -> dict[str, list[str]]:
    """Return each server's command, but for its port."""
    uri = registry(folder)

    def serve(*ledger: str) -> list[str]:
        return ["leadquality", "serve", "--tracking-uri", uri, *ledger, "--port"]

    return {
        ECHO: ["uvicorn", "benchmarks.service.echo:app", "--log-level", "error", "--port"],
        PLAIN: ["bentoml", "serve", "benchmarks.service.plain:Plain", "--quiet", "--port"],
        NO_LEDGER: serve("--ledger", "none"),
        PROCESS: serve("--ledger", f"{folder}/process.db", "--durability", "process"),
        POWER: serve("--ledger", f"{folder}/power.db"),
    }


def start(stack: ExitStack, command: list[str], model: Path) -> tuple[int, psutil.Process]:
    """Start a server, wait until it is ready, and return its port and process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    full = [sys.executable, "-m", *command, str(port)]
    environment = os.environ | {MODEL: str(model.resolve())}
    server = stack.enter_context(subprocess.Popen(full, env=environment, stdout=subprocess.DEVNULL))
    stack.callback(server.terminate)
    while server.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60):
            return port, psutil.Process(server.pid)
        time.sleep(0.2)
    raise SystemExit(f"{' '.join(full)} ended with code {server.returncode}")


def memory(process: psutil.Process) -> int:
    """Return the bytes of the largest process of a server, which is the worker that scores."""
    family = [process, *process.children(recursive=True)]
    return max(int(member.memory_info().rss) for member in family)
