"""What the training recommended where that is not what it registered: told at the promotion, and stops nothing."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from training.gates.gate import Gate
from training.recommend import SERVED, Recommendation

if TYPE_CHECKING:
    from models.registry import Registry


def recommended(registry: Registry, version: str) -> Gate | None:
    """Return the line on a version's recommendation, None where there is none or it is the version itself."""
    record = _record(registry, version)
    if record is None or record.get("arm") in {None, SERVED}:
        return None
    known = {key: record[key] for key in Recommendation.__dataclass_fields__ if key in record}
    if isinstance(known.get("served_loses"), list):
        known["served_loses"] = tuple(known["served_loses"])
    try:
        found = Recommendation(**known)
    except TypeError:  # a record of before what it has now
        return None
    said = found.cost or "What that costs is not on record: it was trained before that was measured."
    return Gate("recommendation", found.arm, f"{SERVED}, which is registered", True, said, blocking=False)


def _record(registry: Registry, version: str) -> dict[str, Any] | None:
    run_id = registry.resolve(version).run_id
    with TemporaryDirectory() as folder:
        try:
            path = registry.client.download_artifacts(run_id, "recommendation.json", folder)
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
        except (MlflowException, OSError, json.JSONDecodeError):
            return None
    return found if isinstance(found, dict) else None
