"""Features at a moment as a frame, and a training's footing in a few plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines import Engine, LocalEngine, Wanted
from features.facts.clock import format_moment
from features.facts.publish import silent
from features.frames import frame_from_matrix
from features.language import expand, profile_dataset, read_declaration
from features.language.describe import describe_features
from features.levels import learn_levels
from models.batch import read_moment, some_open_leads
from training.footing import apart_sentences, footing
from training.material import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from features.facts import Dataset
    from training.material import Material
    from training.spec import TrainingSpec
    from training.train import Trained
    from training.trials import Tuned


def features_at(
    dataset: Dataset,
    feature_set: str,
    as_of: str | Wanted,
    step: Callable[[str], None] = silent,
    engine: Engine | None = None,
) -> pd.DataFrame:
    """Return one row per lead open at ``as_of``, or per row asked for: lead_id, as_of, and the features by name.

    Categories are text; all values that these rows have are kept, however rare.
    """
    moment = 0 if isinstance(as_of, Wanted) else read_moment(as_of, dataset)
    engine = engine or LocalEngine()
    step("reading the history")
    declared = expand(read_declaration(shipped("feature_sets", feature_set)), profile_dataset(dataset))
    history = engine.history(dataset, declared)
    if isinstance(as_of, Wanted):
        leads, moments = as_of.find(history, dataset), as_of.as_of
    else:
        leads = some_open_leads(dataset, history, moment)
        moments = np.full(len(leads), moment, np.int64)
    fitted = learn_levels(declared, history, leads, moments, rare=0.0, most=None)
    frame = frame_from_matrix(engine.matrix(dataset, history, fitted, leads, moments, step), fitted)
    frame.insert(0, "lead_id", history.lead_ids[leads])
    distinct, place = np.unique(moments, return_inverse=True)
    frame.insert(1, "as_of", np.array([format_moment(int(at)) for at in distinct], object)[place])
    return frame


def described(dataset: Dataset, feature_set: str) -> pd.DataFrame:
    """Return the features that a set has on a dataset, one row each (see :func:`describe_features`)."""
    declaration = read_declaration(shipped("feature_sets", feature_set))
    return describe_features(expand(declaration, profile_dataset(dataset)))


def training_summary(material: Material, spec: TrainingSpec) -> list[str]:
    """Return what a training stood on, in plain sentences."""
    counts = footing(material)
    apart = counts["training_apart_rows"] + counts["test_apart_rows"]
    rest = counts["snapshots"] - counts["undecided"] - counts["training_rows"] - counts["test_rows"] - apart
    lines = [
        f"A row is a lead at a moment; it is positive if an opportunity followed within {spec.horizon_text}.",
        f"Learnt from {counts['training_rows']:,} rows with {counts['training_opportunities']:,} positive "
        f"({counts['training_rate']:.1%}), until {counts['training_until'][:10]}.",
        f"Held out: {counts['test_rows']:,} rows with {counts['test_opportunities']:,} positive "
        f"({counts['test_rate']:.1%}), {counts['test_from'][:10]} to {counts['test_until'][:10]}, "
        + ("the same accounts." if spec.split.accounts == "shared" else "none of the same accounts."),
        *_young(counts, spec),
        f"Not tested on: {counts['undecided']:,} rows whose {spec.horizon_text} have not passed yet, "
        f"and {rest:,} in the gap before the held-out period.",
        *apart_sentences(counts),
    ]
    before, after = counts["training_rate"], counts["test_rate"]
    if max(before, after) > 1.5 * min(before, after):
        lines.append(
            f"Beware: the rate of positive rows went from {before:.1%} in training to {after:.1%} in the held-out "
            "period. The market or the way of working has changed; probabilities lag behind."
        )
    as_of_export = set(material.dataset.manifest.current_only)
    used = sorted({f.source.attribute for f in material.feature_set.features if f.source.of == "attribute"})
    current = [name for name in used if name in as_of_export]
    if material.card is not None and material.card.said_unbound is not None:
        lines.append(f"Beware of the card's figures: {material.card.said_unbound}.")
    if current:
        lines.append(
            f"Beware: the data keep no history of {', '.join(current)}; what came later is seen too early."
        )
    return lines


def _young(counts: dict[str, Any], spec: TrainingSpec) -> list[str]:
    if spec.labels != "delay_aware":
        return []
    return [
        f"{counts['young_rows']:,} younger rows before the held-out period teach as far as they were decided when "
        "it began."
    ]


def backtest_sentences(done: Trained) -> list[str]:
    """Return what the backtest, the maturity curve and the calibration say, in plain sentences."""
    lines = []
    if done.backtest is None:
        lines.append("No backtest: nothing is recommended, since the held-out rows are not for choosing.")
    lines += [f"Left out of the backtest: {why}." for why in done.left_out]
    if done.tuned is not None:
        lines.append(_searched(done.tuned))
    return [*lines, *done.maturity.sentences(), *done.fitted.notes]


def _searched(tuned: Tuned) -> str:
    given_up = int(tuned.trials["pruned"].sum())
    return (
        f"Searched {len(tuned.trials):,} sets of parameters over the backtest ({given_up:,} given up): by quick "
        f"fits, one an origin, log loss {tuned.best_loss:.4f} at best and {tuned.default_loss:.4f} with the "
        "careful defaults. The model's figures in the backtest know of that choice; the held-out ones do not."
    )
