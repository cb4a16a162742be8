"""A PostgreSQL and an MLflow server of one's own, on free ports and in a folder that goes away with them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds; a busy machine takes minutes to start a server.
PATIENCE = 300


@dataclass(frozen=True)
class Server:
    """Where the MLflow server answers, and the folder where it keeps artifacts."""

    uri: str
    artifacts: Path


def postgres_binaries() -> Path:
    """Return the folder with ``initdb`` and ``postgres``, or skip the test."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if (found := shutil.which("initdb")) is not None:
        folders.append(Path(found).parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("no PostgreSQL here: neither initdb in the path nor /usr/lib/postgresql/*/bin")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _owner() -> str | None:
    """Return who is to run PostgreSQL, which refuses root: None for oneself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")


@contextlib.contextmanager
def _running(command: list[str], log: Path, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as kept, subprocess.Popen(command, stdout=kept, stderr=kept, **more) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], log: Path, ready) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Start PostgreSQL, and yield its SQLAlchemy address."""
    binaries, owner = postgres_binaries(), _owner()
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="leadquality-pg-"))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        port, data = free_port(), folder / "data"
        as_owner = {"user": owner, "cwd": folder}
        made = [binaries / "initdb", "-D", data, "-U", "mlflow", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*map(str, made), "--locale=C"], check=True, capture_output=True, **as_owner)
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off")
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
        for setting in settings:
            command += ["-c", setting]
        log = folder / "log"
        with _running(command, log, **as_owner) as process:
            asked = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-d", "postgres"]
            _wait(process, log, lambda: subprocess.run(asked, check=False).returncode == 0)
            yield f"postgresql+psycopg://mlflow@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[Server]:
    """Start an MLflow server on PostgreSQL that serves artifacts, too."""
    with postgresql() as database:
        port, artifacts = free_port(), folder / "artifacts"
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", database]
        command += ["--artifacts-destination", str(artifacts), "--serve-artifacts"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        uri = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{uri}/health", timeout=2) as answer:  # noqa: S310
                return answer.status == 200
            return False

        log = folder / "mlflow.log"
        # Its background jobs are nothing that models need.
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with _running(command, log, cwd=folder, env=environment) as process:
            _wait(process, log, ready)
            yield Server(uri, artifacts)
