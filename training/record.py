"""What a training leaves behind in MLflow: parameters, tags, figures, pictures, a nested run for each origin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from features.facts.clock import format_moment
from training.backtest.picture import backtest_figure
from training.footing import footing
from training.leak_report import guard_json, guard_metrics, guard_parameters
from training.plots import gains_figure, importance_figure, reliability_figure
from training.tracking import Child, Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from training.comparison import Comparison
    from training.fit import Fitted
    from training.material import Material
    from training.spec import TrainingSpec
    from training.train import Trained

#: Rows that the mean absolute contributions in the importance plot are taken over.
_EXPLAINED_ROWS = 2000


def record_of(done: Trained, spec: TrainingSpec, tags: dict[str, str]) -> Record:
    """Return the record of a training; ``tags`` are added to its own."""
    material, fitted, comparison = done.material, done.fitted, done.comparison
    counts = footing(material)
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
        "recommended": done.recommendation.arm if done.recommendation else "",
        **tags,
    }
    return Record(
        model=fitted.model,
        parameters=parameters,
        tags=tags,
        metrics=_metrics(comparison) | _backtest_metrics(done) | guard_metrics(material.guard, done.inflation),
        figures=figures_of(material, fitted, comparison) | _backtest_figures(done),
        texts={
            "comparison.json": comparison.to_json(),
            "feature_set.json": material.feature_set.to_json(),
            "spec.json": spec.model_dump_json(indent=1),
            "dataset.json": manifest.model_dump_json(indent=1),
            "counts.json": json.dumps(counts, indent=1),
            "leak_guard.json": guard_json(material.guard, done.inflation, material.parts.test_from),
            "maturity.json": json.dumps(done.maturity.to_dict(), indent=1),
            **_backtest_texts(done),
        },
        children=_children(done),
    )


def _backtest_metrics(done: Trained) -> dict[str, float]:
    if done.backtest is None:
        return {}
    return {f"backtest.{name}": value for name, value in _metrics(done.backtest.pooled).items()}


def _backtest_figures(done: Trained) -> dict[str, Figure]:
    if done.backtest is None:
        return {}
    picture = backtest_figure(done.material.rows, done.backtest.folds, done.material.parts)
    return {"backtest.png": picture}


def _backtest_texts(done: Trained) -> dict[str, str]:
    found = {}
    if done.backtest is not None:
        found["backtest.json"] = json.dumps(done.backtest.to_dict(), indent=1, allow_nan=False)
    if done.recommendation is not None:
        found["recommendation.json"] = json.dumps(done.recommendation.to_dict(), indent=1)
    if done.tuned is not None:
        found["trials.json"] = done.tuned.trials.to_json(orient="records", indent=1)
    return found


def _children(done: Trained) -> tuple[Child, ...]:
    """Return a nested run for each origin of the backtest, with every arm's figures."""
    if done.backtest is None:
        return ()
    return tuple(
        Child(
            name=f"origin {fold.number}",
            parameters={"known_until": format_moment(fold.parts.test_from), "until": format_moment(fold.until)},
            metrics=_metrics(comparison),
            tags={"kind": "fold"},
            step=fold.number,
        )
        for fold, comparison in zip(done.backtest.folds.folds, done.backtest.by_fold, strict=True)
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
