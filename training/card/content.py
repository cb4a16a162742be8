"""Everything that a model card says, gathered from a training as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY
from training.arms import ARMS
from training.backtest.picture import backtest_bars
from training.card.drift import drift
from training.card.drivers import drivers
from training.card.limits import limits
from training.card.places import places
from training.footing import footing
from training.leak_report import guard_sentences
from training.metrics import METRICS
from training.plots import reliability_bins
from training.reliability import Scored, by_cohort, by_grade
from training.weights import row_weights

if TYPE_CHECKING:
    import pandas as pd

    from training.comparison import Comparison
    from training.spec import TrainingSpec
    from training.train import Trained

#: Rows that contributions are averaged over.
_EXPLAINED = 2000


def card_content(done: Trained, spec: TrainingSpec, tags: dict[str, str]) -> dict[str, Any]:
    """Return the card's content; ``tags`` are those of the run."""
    material, model = done.material, done.model
    test = material.rows.take(material.parts.test)
    inputs = material.matrix[material.parts.test]
    scored = Scored.of(model.probability(inputs), test, row_weights(test, spec))
    cohorts = by_cohort(scored, seed=spec.seed)
    grades = by_grade(scored, model.grades(inputs), seed=spec.seed)
    sample = inputs[:: max(1, len(inputs) // _EXPLAINED)]
    moved = drift(material, model)
    return {
        "about": _about(done, spec, tags),
        "data": _data(done),
        "leaks": _leaks(done),
        "horizon": {
            "days": spec.horizon_us / DAY,
            "others": [days / DAY for days in model.all_horizons if days != model.horizon],
            "sentences": done.maturity.sentences(),
            "undecided": material.undecided,
            "undecided_share": done.maturity.undecided,
        },
        "origins": _origins(done),
        "figures": _figures(done),
        "recommendation": None
        if done.recommendation is None
        else f"{done.recommendation.sentence} {done.recommendation.cost}",
        "look": done.look,
        "calibration": {
            "notes": list(done.fitted.notes),
            "losses": _plain(done.fitted.losses),
            "bins": _bins(scored),
            "by_month": _records(cohorts),
            "by_grade": _records(grades),
        },
        "limits": limits(done, moved, cohorts, grades),
        "drift": moved,
        "places": places(material, model, spec),
        "drivers": drivers(model, sample),
        "explained_rows": len(sample),
    }


def _about(done: Trained, spec: TrainingSpec, tags: dict[str, str]) -> dict[str, Any]:
    model = done.model
    kept = ("dataset.digest", "feature_set", "feature_set.digest", "arm", "recommended", "card", "frozen.digest")
    return {
        "trained_at": model.manifest.trained_at,
        "horizon": spec.horizon_text,
        "features": model.width,
        "groups": len(model.groups),
        "rounds": done.fitted.rounds,
        "seed": spec.seed,
        **{name.replace(".", "_"): tags.get(name, "") for name in kept},
    }


def _data(done: Trained) -> dict[str, Any]:
    manifest = done.material.dataset.manifest
    first = int(done.material.rows.as_of.min())
    return {
        "source": manifest.source,
        "importer": manifest.importer,
        "observed_until": manifest.observed_until,
        "first_row": str(np.datetime64(first, "us").astype("datetime64[D]")),
        "exports": manifest.exports,
        "counts": manifest.counts,
        "rejected": {name: count for name, count in manifest.rejected.items() if count},
        "skipped": {name: count for name, count in manifest.skipped.items() if count},
        "current_only": manifest.current_only,
        "footing": footing(done.material),
    }


def _leaks(done: Trained) -> dict[str, Any]:
    guard = done.material.guard
    return {
        "left_out": [{"what": c.key, "evidence": c.finding.sentence} for c in guard.left_out],
        "trusted": [{"what": c.key, "evidence": c.finding.sentence, "reason": c.trusted} for c in guard.trusted],
        "sentences": guard_sentences(guard, done.inflation),
    }


def _origins(done: Trained) -> list[dict[str, Any]]:
    if done.backtest is None:
        return []
    return backtest_bars(done.material.rows, done.backtest.folds, done.material.parts)


def _figures(done: Trained) -> list[dict[str, Any]]:
    found = [_figures_of("Held-out rows, after everything that was learnt from", done.comparison)]
    if done.backtest is not None:
        origins = len(done.backtest.folds.folds)
        said = f"Backtest, {origins} origin{'' if origins == 1 else 's'} before them"
        found.insert(0, _figures_of(said, done.backtest.pooled))
    return found


def _figures_of(title: str, comparison: Comparison) -> dict[str, Any]:
    what = {kind.name: kind.what for kind in ARMS}
    order = [kind.name for kind in ARMS if kind.name in comparison.estimates]
    return {
        "title": title,
        "rows": comparison.n_rows,
        "positives": comparison.n_positives,
        "leads": comparison.n_leads,
        "accounts": comparison.n_accounts,
        "weeks": comparison.n_weeks,
        "reference": comparison.reference,
        "measures": [
            {
                "label": metric.label.format(capacity=comparison.capacity),
                "better": metric.better,
                "digits": metric.digits,
                "arms": {arm: _estimate(comparison.estimates[arm][metric.name]) for arm in order},
            }
            for metric in METRICS
        ],
        "arms": {arm: what[arm] for arm in order},
        "differences": {
            arm: {
                "auc": _estimate(comparison.differences[arm]["auc"]),
                "log_loss": _estimate(comparison.differences[arm]["log_loss"]),
                "standing": comparison.standing(arm, "log_loss"),
            }
            for arm in order
            if arm != comparison.reference
        },
    }


def _estimate(estimate: Any) -> list[float | None]:  # noqa: ANN401 - an Estimate
    return [_number(estimate.value), _number(estimate.low), _number(estimate.high)]


def _bins(scored: Scored) -> list[dict[str, float]]:
    bins = reliability_bins(scored.probability, scored.label)
    return [
        {"promised": float(p), "seen": float(s), "low": float(low), "high": float(high), "rows": int(rows)}
        for p, s, low, high, rows in zip(
            bins.predicted, bins.observed, bins.low, bins.high, bins.rows, strict=True
        )
    ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in frame.to_dict(orient="records")]


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping of any values
    return {str(key): _number(value) if isinstance(value, float) else value for key, value in row.items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
