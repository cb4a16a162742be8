"""What a training leaves behind in MLflow: parameters, tags, figures, pictures, a nested run for each origin."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from features.facts.clock import format_moment
from training.backtest.kept import FILE as ROWS_FILE
from training.backtest.kept import kept_rows
from training.backtest.picture import backtest_figure
from training.card import card_content, card_files
from training.footing import footing
from training.leak_report import guard_json, guard_metrics, guard_parameters
from training.plots import gains_figure, importance_figure, reliability_figure
from training.tracking import Child, Data, Record
from training.weights import training_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from features.language import FeatureSet
    from training.comparison import Comparison
    from training.fit import Fitted
    from training.material import Material
    from training.spec import TrainingSpec
    from training.train import Trained

#: Rows that the mean absolute contributions in the importance plot are taken over.
_EXPLAINED_ROWS = 2000
#: Trials beyond the best so many have no run of their own.
MOST_TRIALS = 50


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
        "feature_set.digest": feature_set_digest(material.feature_set),
        "features": str(material.width),
        "horizon_days": spec.horizon_text.split()[0],
        "card": fitted.model.card.name if fitted.model.card else "",
        "arm": "model" if fitted.model.start is None else "from_card",
        "recommended": done.recommendation.arm if done.recommendation else "",
        **_trials_tag(done),
        **tags,
    }
    training, held_out = _data(material)
    card = card_files(card_content(done, spec, tags))
    return Record(
        model=fitted.model,
        parameters=parameters,
        tags=tags,
        metrics=_metrics(comparison),
        others=_backtest_metrics(done) | guard_metrics(material.guard, done.inflation),
        curves=_curves(done),
        data=(training, held_out),
        measured_on=held_out,
        example=example_rows(material.matrix[material.parts.train]),
        figures=figures_of(material, fitted, comparison) | _backtest_figures(done),
        texts={
            "comparison.json": comparison.to_json(),
            "feature_set.json": material.feature_set.to_json(),
            "spec.json": spec.model_dump_json(indent=1),
            "dataset.json": manifest.model_dump_json(indent=1),
            "counts.json": json.dumps(counts, indent=1),
            "leak_guard.json": guard_json(material.guard, done.inflation, material.parts.test_from),
            "maturity.json": json.dumps(done.maturity.to_dict(), indent=1),
            **_backtest_texts(done, spec),
            **card,
        },
        files=card,
        children=(*_folds(done), *_trials(done)),
    )


def feature_set_digest(feature_set: FeatureSet) -> str:
    """Return what identifies a feature set with all that its features read: 16 hexadecimal digits."""
    return hashlib.sha256(feature_set.to_json().encode()).hexdigest()[:16]


def example_rows(matrix: np.ndarray) -> np.ndarray:
    """Return three made-up rows (3, f): each column's lower, middle and upper quartile, so nobody's own values.

    A column that nothing is known of stays unknown.
    """
    found = np.full((3, matrix.shape[1]), np.nan)
    for number, column in enumerate(matrix.T):
        known = column[np.isfinite(column)]
        if len(known):
            found[:, number] = np.quantile(known, [0.25, 0.5, 0.75], method="lower")
    return found


def _data(material: Material) -> tuple[Data, Data]:
    """Return the rows learnt from and those held out as MLflow's dataset inputs."""
    counts, dataset = footing(material), material.dataset
    until = {"training": counts["training_until"], "test": counts["test_until"]}

    def part(name: str, key: str, context: str, since: dict[str, str]) -> Data:
        facts = {
            "rows": counts[f"{key}_rows"],
            "opportunities": counts[f"{key}_opportunities"],
            **since,
            "until": until[key],
            "dataset": dataset.manifest.digest,
        }
        called = f"{dataset.path.name}, {name} rows"
        return Data(called, dataset.manifest.digest, str(dataset.path), context, facts)

    return (
        part("training", "training", "training", {}),
        part("held-out", "test", "held out", {"from": counts["test_from"]}),
    )


def _curves(done: Trained) -> dict[str, list[tuple[int, float]]]:
    """Return figures by step, which MLflow draws: by round of the served trees, by origin and by trial."""
    found = {"learning.log_loss": done.curve} if done.curve else {}
    for fold in _folds(done):
        for name, value in fold.metrics.items():
            found.setdefault(f"fold.{name}", []).append((fold.step, value))
    if done.tuned is not None:
        whole = done.tuned.trials[~done.tuned.trials["pruned"]]
        number, loss = whole["trial"].astype(int).tolist(), whole["log_loss"].tolist()
        best = whole["log_loss"].cummin().tolist()
        found |= {
            "tuning.log_loss": list(zip(number, loss, strict=True)),
            "tuning.best": list(zip(number, best, strict=True)),
        }
    return found


def _trials(done: Trained) -> tuple[Child, ...]:
    """Return a nested run for each trial, or for the best of very many; ``trials.json`` has all."""
    if done.tuned is None:
        return ()
    names = [c for c in done.tuned.trials.columns if c not in {"trial", "pruned", "log_loss", "folds", "seconds"}]
    kept = done.tuned.trials.sort_values(["pruned", "log_loss", "trial"]).head(MOST_TRIALS).sort_values("trial")
    return tuple(
        Child(
            kind="trial",
            name=f"trial {int(trial['trial'])}",
            parameters={name: trial[name] for name in names},
            # A trial that was given up has a loss over fewer folds, which is not to be held against the others'.
            metrics={
                "log_loss_until_pruned" if trial["pruned"] else "log_loss": float(trial["log_loss"]),
                "folds": float(trial["folds"]),
                "seconds": float(trial["seconds"]),
            },
            tags={"pruned": str(bool(trial["pruned"])).lower()},
            step=int(trial["trial"]),
        )
        for trial in kept.to_dict(orient="records")
    )


def _trials_tag(done: Trained) -> dict[str, str]:
    if done.tuned is None:
        return {}
    count = len(done.tuned.trials)
    if count <= MOST_TRIALS:
        return {"trials": f"all {count} as nested runs"}
    return {"trials": f"the best {MOST_TRIALS} of {count} as nested runs; trials.json has all"}


def _backtest_metrics(done: Trained) -> dict[str, float]:
    if done.backtest is None:
        return {}
    return {f"backtest.{name}": value for name, value in _metrics(done.backtest.pooled).items()}


def _backtest_figures(done: Trained) -> dict[str, Figure]:
    if done.backtest is None:
        return {}
    picture = backtest_figure(done.material.rows, done.backtest.folds, done.material.parts)
    return {"backtest.png": picture}


def _backtest_texts(done: Trained, spec: TrainingSpec) -> dict[str, str]:
    found = {}
    if done.backtest is not None:
        found["backtest.json"] = json.dumps(done.backtest.to_dict(), indent=1, allow_nan=False)
        weight = training_weights(done.material, spec, done.backtest.rows)
        found[ROWS_FILE] = kept_rows(done.material, done.backtest, weight)
    if done.recommendation is not None:
        found["recommendation.json"] = json.dumps(done.recommendation.to_dict(), indent=1)
    if done.tuned is not None:
        found["trials.json"] = done.tuned.trials.to_json(orient="records", indent=1)
    return found


def _folds(done: Trained) -> tuple[Child, ...]:
    """Return a nested run for each origin of the backtest, with every arm's figures."""
    if done.backtest is None:
        return ()
    return tuple(
        Child(
            kind="fold",
            name=f"origin {fold.number}",
            parameters={"known_until": format_moment(fold.parts.test_from), "until": format_moment(fold.until)},
            metrics=_metrics(comparison),
            tags={},
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
