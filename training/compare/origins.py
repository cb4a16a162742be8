"""Two versions at each origin of the backtest that both had, by what their trainings kept of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from mlflow.exceptions import MlflowException

from training.backtest.kept import FILE
from training.comparison import Arm, Comparison, compare_arms

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry

#: Resamples for an origin's intervals, as in the backtest itself.
_REPLICATES = 200


@dataclass(frozen=True)
class Origin:
    """One origin: until when outcomes were known, until when was predicted, and both versions on its rows."""

    number: int
    known_until: str
    predicted_until: str
    comparison: Comparison


@dataclass(frozen=True)
class Origins:
    """All origins that two versions share; where there are none, ``why`` says why."""

    origins: tuple[Origin, ...] = ()
    why: str = ""

    def sentence(self, a: str, b: str) -> str:
        """Say at how many origins the first is ahead, and what relying on one alone would have cost."""
        if not self.origins:
            return self.why
        losses = np.array(
            [[o.comparison.estimates[name]["log_loss"].value for name in (a, b)] for o in self.origins]
        )
        regret = losses - losses.min(axis=1, keepdims=True)
        ahead = int((losses[:, 0] < losses[:, 1]).sum())
        clear = sum(o.comparison.standing(a, "log_loss") != "unclear" for o in self.origins)
        return (
            f"At {ahead} of the {len(self.origins)} origins of their backtests {a} loses less than {b} in log "
            f"loss, and at {clear} the interval keeps clear of 0. Relying on one alone would have cost, at the "
            f"worst origin, {regret[:, 0].max():.4f} a row with {a} (on average {regret[:, 0].mean():.4f}) and "
            f"{regret[:, 1].max():.4f} with {b} (on average {regret[:, 1].mean():.4f})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "why_not": self.why or None,
            "origins": [
                {
                    "number": origin.number,
                    "known_until": origin.known_until,
                    "predicted_until": origin.predicted_until,
                    "comparison": origin.comparison.to_dict(),
                }
                for origin in self.origins
            ],
        }


def compare_origins(
    registry: Registry, models: tuple[LeadModel | None, LeadModel | None], labels: tuple[str, str], seed: int
) -> Origins:
    """Compare two scorers origin by origin; ``models`` has None for a card, ``labels`` are as tables call them."""
    kept = []
    for model, label in zip(models, labels, strict=True):
        if model is None:
            said = f"Not compared at the backtest's origins: {label} has no version; train --card holds it there."
            return Origins(why=said)
        found = _kept(registry, model.version)
        if not found:
            said = (
                f"Not compared at the backtest's origins: {label} keeps no rows of one; it was trained without a "
                "backtest, or before they were kept."
            )
            return Origins(why=said)
        kept.append(found)
    first, second = kept
    if [o["digest"] for o in first] != [o["digest"] for o in second]:
        said = (
            f"Not compared at the backtest's origins: {labels[0]} predicted other rows there than {labels[1]} "
            "(other data, horizon, snapshots, split or number of origins)."
        )
        return Origins(why=said)
    if not all("score" in origin for origin in (*first, *second)):
        return Origins(why="Not compared at the backtest's origins: there are too many rows for them to be kept.")
    return Origins(tuple(_origin(a, b, labels, seed) for a, b in zip(first, second, strict=True)))


def _origin(a: dict[str, Any], b: dict[str, Any], labels: tuple[str, str], seed: int) -> Origin:
    comparison = compare_arms(
        {label: Arm(kept["score"], kept["probability"]) for label, kept in zip(labels, (a, b), strict=True)},
        labels=a["label"],
        clusters=np.array(a["account"]),
        lead_ids=np.array(a["lead"]),
        as_of=np.array(a["as_of"]),
        capacity=None,
        reference=labels[1],
        replicates=_REPLICATES,
        seed=seed,
        weights=a["weight"],
    )
    return Origin(a["number"], a["known_until"], a["predicted_until"], comparison)


def _kept(registry: Registry, version: str) -> list[dict[str, Any]]:
    run_id = registry.resolve(version).run_id
    with TemporaryDirectory() as folder:
        try:
            path = registry.client.download_artifacts(run_id, FILE, folder)
            with open(path, encoding="utf-8") as file:
                found: list[dict[str, Any]] = json.load(file)["origins"]
        except (MlflowException, OSError, ValueError, KeyError, TypeError):
            return []
    return found
