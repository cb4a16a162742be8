"""The gate on leaks: the guard ran, what it convicted is left out or trusted, and the model obeys."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from training.gates.gate import Gate
from training.quarantine import keys_read
from training.spec import SHORTEST_REASON

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry
    from training.gates.thresholds import Thresholds

_ASKED = "a leak audit on record, everything convicted left out or trusted with a reason"


def leaks(registry: Registry, model: LeadModel, asked: Thresholds) -> Gate:
    """Judge a version by the record of the leak guard in its run."""
    record = guard_record(registry, model.version)
    if record is None:
        passed = not asked.leaks.required
        said = f"The run of version {model.version} holds no leak_guard.json: nobody looked for leaks."
        return Gate("leaks", "no record of an audit", _ASKED, passed, said)
    out = [entry["key"] for entry in record["left_out"]]
    trusted = [entry["key"] for entry in record["trusted"]]
    bare = [e["key"] for e in record["trusted"] if len((e.get("reason") or "").strip()) < SHORTEST_REASON]
    read = sorted(_read_by(model) & set(out))
    faults = []
    if read:
        faults.append(f"The model reads what was convicted and is not trusted: {', '.join(read)}.")
    if bare:
        faults.append(f"Trusted without a reason: {', '.join(bare)}.")
    actual = f"{len(out)} left out, {len(trusted)} trusted, {len(read)} read all the same"
    said = " ".join(faults) or _said(out, trusted)
    return Gate("leaks", actual, _ASKED, not faults, said)


def guard_record(registry: Registry, version: str) -> dict[str, Any] | None:
    """Return what the leak guard left in a version's run, None where it left nothing."""
    run_id = registry.resolve(version).run_id
    with TemporaryDirectory() as folder:
        try:
            path = registry.client.download_artifacts(run_id, "leak_guard.json", folder)
            with open(path, encoding="utf-8") as file:
                found: dict[str, Any] = json.load(file)
        except (MlflowException, OSError, json.JSONDecodeError):
            return None
    return found if {"left_out", "trusted"} <= set(found) else None


def _read_by(model: LeadModel) -> frozenset[str]:
    features = model.feature_set.features[: model.width]
    return frozenset(key for feature in features for key in keys_read(feature.source))


def _said(out: list[str], trusted: list[str]) -> str:
    if not out and not trusted:
        return "The leak audit convicted nothing."
    parts = [f"left out {', '.join(out)}"] if out else []
    parts += [f"trusted with a reason {', '.join(trusted)}"] if trusted else []
    return f"The leak audit's convictions: {'; '.join(parts)}."
