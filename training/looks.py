"""Which trainings under a tracking URI looked at held-out rows, and whether one did while another was running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
from mlflow.entities import RunStatus

from models.registry import MODEL_NAME, tracking_uri
from training.frozen import DIGEST_TAG, Look
from training.left_runs import close_left_run, is_gone
from training.tracker import check_place, quiet, reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from training.tracking import Registered

#: Runs or versions that are asked for at once.
PAGE = 1000
FINISHED, RUNNING = (RunStatus.to_string(status) for status in (RunStatus.FINISHED, RunStatus.RUNNING))
#: Tag of a run and its version: the runs of the same specification that looked while it was running.
MEANWHILE_TAG = "frozen.meanwhile"


def earlier_looks(uri: str | None = None) -> list[Look]:
    """Return the trainings under a tracking URI that were finished, each scored on its held-out rows.

    Runs whose process was killed are closed on the way. One whose version had been registered is finished.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    where = tracking_uri(uri)
    check_place(where)
    path = Path(where.removeprefix("sqlite:///"))
    if where.startswith("sqlite:///") and not path.is_file():
        return []
    with reachable(where), quiet():
        client = mlflow.MlflowClient(tracking_uri=where, registry_uri=where)
        experiment = client.get_experiment_by_name(MODEL_NAME)
        if experiment is None:
            return []
        found = _runs(client, str(experiment.experiment_id), f"tags.`{DIGEST_TAG}` != ''")
        unfinished = [run for run in found if run.info.status != FINISHED]
        versions = _registered_runs(client) if unfinished else set()
        for run in unfinished:
            if run.info.status == RUNNING and is_gone(run.data.tags):
                close_left_run(client, run, registered=run.info.run_id in versions)
    return [
        Look(
            run.info.run_id,
            run.data.tags[DIGEST_TAG],
            run.data.tags.get("dataset.digest", ""),
            int(run.info.start_time),
        )
        for run in found
        if run.info.status == FINISHED or run.info.run_id in versions
    ]


def look_again(digest: str, before: Sequence[Look], registered: Registered) -> str:
    """Find runs of the same specification that were finished since ``before``, and tag ours with them.

    Two trainings that run at the same time each find no earlier look when they begin; whichever ends later finds
    the other here. Returns what that means in a sentence, empty where there is none.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    known = {registered.run_id, *(look.run_id for look in before)}
    others = [look for look in earlier_looks(registered.uri) if look.digest == digest and look.run_id not in known]
    if not others:
        return ""
    runs = ", ".join(look.run_id for look in others)
    with reachable(registered.uri), quiet():
        client = mlflow.MlflowClient(tracking_uri=registered.uri, registry_uri=registered.uri)
        client.set_tag(registered.run_id, MEANWHILE_TAG, runs)
        client.set_model_version_tag(MODEL_NAME, registered.version, MEANWHILE_TAG, runs)
    return (
        f"While this training was running, the same specification was scored on these rows by another: run "
        f"{runs}. Neither was refused; this look is one more."
    )


def _runs(client: MlflowClient, experiment: str, wanted: str) -> list[Run]:
    found, token = [], None
    while True:
        page = client.search_runs([experiment], wanted, max_results=PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _registered_runs(client: MlflowClient) -> set[str]:
    found, token = set(), None
    while True:
        page = client.search_model_versions(f"name = '{MODEL_NAME}'", max_results=PAGE, page_token=token)
        found |= {version.run_id for version in page}
        token = page.token
        if not token:
            return found
