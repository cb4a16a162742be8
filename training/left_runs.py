"""Runs whose process was killed: found by the next training, closed, and never taken for looks."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.entities import LoggedModelStatus, RunStatus

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

#: Tags of a run: the machine that writes it, and the process there.
HOST_TAG, PROCESS_TAG = "process.host", "process"
_PARENT_TAG = "mlflow.parentRunId"


def process_tags() -> dict[str, str]:
    """Return the tags by which another process finds out whether this one still runs."""
    return {HOST_TAG: socket.gethostname(), PROCESS_TAG: _identity(os.getpid()) or str(os.getpid())}


def _identity(process: int) -> str | None:
    """Return what no other process shares, even after a restart; None where there is no such process.

    Process numbers are given out again, so the moment when it began and the machine's own start belong to it.
    Without ``/proc`` the number has to do.
    """
    proc = Path("/proc")
    if not (proc / "self").exists():
        return str(process) if _answers(process) else None
    try:
        # The name, in brackets, may hold anything; what follows is plain. The 22nd field is the start.
        stat = (proc / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()[:8]
    except OSError:
        return None
    fields = stat.split()
    return None if fields[0] == "Z" else f"{process} {fields[19]} {boot}"


def _answers(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def is_gone(tags: dict[str, str]) -> bool:
    """Tell whether the process that wrote a run with these tags has ended.

    That of another machine cannot be asked, and one that says nothing of itself is left alone.
    """
    if tags.get(HOST_TAG) != socket.gethostname():
        return False
    number = tags.get(PROCESS_TAG, "").split(" ")[0]
    return number.isdigit() and _identity(int(number)) != tags[PROCESS_TAG]


def close_left_run(client: MlflowClient, run: Run, registered: bool) -> None:
    """Give a run whose process is gone its end, and what hangs on it: nested runs, a model half written."""
    nested = f"tags.`{_PARENT_TAG}` = '{run.info.run_id}' AND attributes.status = 'RUNNING'"
    for child in client.search_runs([run.info.experiment_id], nested):
        client.set_terminated(child.info.run_id, RunStatus.to_string(RunStatus.KILLED))
    outputs = run.outputs.model_outputs if run.outputs is not None else []
    for output in outputs:
        if client.get_logged_model(output.model_id).status == LoggedModelStatus.PENDING:
            client.finalize_logged_model(output.model_id, LoggedModelStatus.FAILED)
    # The version is the last thing that is written: where there is one, nothing is missing.
    end = RunStatus.FINISHED if registered else RunStatus.KILLED
    client.set_terminated(run.info.run_id, RunStatus.to_string(end))
