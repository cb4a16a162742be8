"""One command's work: from a dataset to a registered model, held against the card on leads that neither saw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment
from features.facts.publish import silent
from training.comparison import Comparison, compare_arms
from training.fit import Fitted, fit_all
from training.inflation import Inflation, measure_inflation
from training.leak_report import guard_json, guard_metrics, guard_parameters
from training.material import Material, cluster_names, gather
from training.plots import gains_figure, importance_figure, reliability_figure
from training.tracking import Record, Registered, record_training

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from features.engines import Engine
    from features.facts import Dataset
    from models.lead_model import LeadModel
    from training.spec import TrainingSpec

#: Rows that the mean absolute contributions in the importance plot are taken over.
_EXPLAINED_ROWS = 2000


@dataclass(frozen=True)
class Trained:
    """What a training gives back."""

    model: LeadModel
    comparison: Comparison
    registered: Registered
    material: Material
    fitted: Fitted
    inflation: Inflation | None


def train(
    dataset: Dataset,
    spec: TrainingSpec,
    *,
    uri: str | None = None,
    step: Callable[[str], None] = silent,
    on_round: Callable[[int, float | None], None] | None = None,
    engine: Engine | None = None,
) -> Trained:
    """Train, compare on the held-out rows, and register the model with everything that explains it.

    ``uri`` is MLflow's; without it MLFLOW_TRACKING_URI, or an SQLite file, is used. ``engine`` computes the
    features, this machine unless told otherwise; the model is the same whichever does.
    """
    material = gather(dataset, spec, step, engine)
    fitted = fit_all(material, spec, step, on_round)
    step("comparing on the held-out rows")
    comparison = compare_on(material, fitted, spec)
    inflation = measure_inflation(material, fitted, spec, step)
    step("recording the run and registering the model")
    record = _record(material, fitted, spec, comparison, inflation)
    registered = record_training(record, uri, name=f"{spec.features}, {spec.horizon_text}")
    model = fitted.model.with_version(registered.version)
    return Trained(model, comparison, registered, material, fitted, inflation)


def compare_on(material: Material, fitted: Fitted, spec: TrainingSpec) -> Comparison:
    """Compare all arms on the test rows; the card is the reference where there is one."""
    test = material.rows.take(material.parts.test)
    return compare_arms(
        fitted.arms,
        labels=test.label,
        clusters=cluster_names(test, material),
        lead_ids=material.history.lead_ids[test.lead],
        as_of=test.as_of,
        capacity=spec.capacity,
        reference="card" if "card" in fitted.arms else "constant",
        seed=spec.seed,
    )


def describe(material: Material) -> dict[str, Any]:
    """Return the counts and dates that say what a training stood on."""
    rows, parts = material.rows, material.parts
    return {
        "snapshots": len(rows),
        "undecided": material.undecided,
        "training_rows": int(parts.train.sum()),
        "training_opportunities": int((rows.label[parts.train] == 1).sum()),
        "test_rows": int(parts.test.sum()),
        "test_opportunities": int((rows.label[parts.test] == 1).sum()),
        "training_rate": float((rows.label[parts.train] == 1).mean()),
        "test_rate": float((rows.label[parts.test] == 1).mean()),
        "training_until": format_moment(int(rows.as_of[parts.train].max())),
        "test_from": format_moment(parts.test_from),
        "test_until": format_moment(int(rows.as_of[parts.test].max())),
    }


def _record(
    material: Material, fitted: Fitted, spec: TrainingSpec, comparison: Comparison, inflation: Inflation | None
) -> Record:
    counts = describe(material)
    manifest = material.dataset.manifest
    parameters = {
        **{key: value for key, value in spec.model_dump(mode="json").items() if not isinstance(value, dict)},
        **{f"snapshots.{key}": value for key, value in spec.snapshots.model_dump(mode="json").items()},
        **{f"split.{key}": value for key, value in spec.split.model_dump(mode="json").items()},
        **{f"model.{key}": value for key, value in spec.model.items()},
        "rounds": fitted.rounds,
        **{f"data.{key}": value for key, value in counts.items()},
        **guard_parameters(material.guard),
    }
    tags = {
        "dataset.digest": manifest.digest,
        "dataset.path": str(material.dataset.path.resolve()),
        "dataset.source": manifest.source,
        "feature_set": material.feature_set.name,
        "features": str(material.width),
        "horizon_days": spec.horizon_text.split()[0],
        "card": fitted.model.card.name if fitted.model.card else "",
    }
    return Record(
        model=fitted.model,
        parameters=parameters,
        tags=tags,
        metrics=_metrics(comparison) | guard_metrics(material.guard, inflation),
        figures=figures_of(material, fitted, comparison),
        texts={
            "comparison.json": comparison.to_json(),
            "feature_set.json": material.feature_set.to_json(),
            "spec.json": spec.model_dump_json(indent=1),
            "dataset.json": manifest.model_dump_json(indent=1),
            "counts.json": json.dumps(counts, indent=1),
            "leak_guard.json": guard_json(material.guard, inflation, material.parts.test_from),
        },
    )


def _metrics(comparison: Comparison) -> dict[str, float]:
    """Return the model's figures under their own names, the other arms' under ``arm.name``."""
    found = {}
    for arm, estimates in comparison.estimates.items():
        for metric, estimate in estimates.items():
            if np.isfinite(estimate.value):
                found[metric if arm == "model" else f"{arm}.{metric}"] = estimate.value
    return found


def figures_of(material: Material, fitted: Fitted, comparison: Comparison) -> dict[str, Figure]:
    """Return the plots of a training by file name."""
    labels = material.rows.label[material.parts.test]
    scores = {name: np.asarray(arm.score) for name, arm in fitted.arms.items() if name != "constant"}
    chances = {name: np.asarray(arm.probability) for name, arm in fitted.arms.items() if name != "constant"}
    low_rate = comparison.n_positives < 0.1 * comparison.n_rows
    sample = np.flatnonzero(material.parts.test)
    sample = sample[:: max(1, len(sample) // _EXPLAINED_ROWS)]
    groups = fitted.model.contributions(material.matrix[sample])
    return {
        "reliability.png": reliability_figure(chances, labels, log=low_rate),
        "lift.png": gains_figure(scores, labels),
        "importance.png": importance_figure(
            list(groups.groups), np.abs(groups.values).mean(axis=0) * fitted.model.scale.points_per_log_odds
        ),
    }
