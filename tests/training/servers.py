"""An MLflow server of one's own on PostgreSQL, on free ports and in a folder that goes away with it."""

from __future__ import annotations

import contextlib
import os
import sys
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.postgres import free_port, postgres, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Server:
    """Where the MLflow server answers, and the folder where it keeps artifacts."""

    uri: str
    artifacts: Path


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[Server]:
    """Start an MLflow server on PostgreSQL that serves artifacts, too."""
    with postgres() as server:
        port, artifacts = free_port(), folder / "artifacts"
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", server.address()]
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
        with running(command, log, cwd=folder, env=environment) as process:
            wait_until(process, log, ready)
            yield Server(uri, artifacts)
