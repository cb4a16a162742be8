"""What a model must not be trusted for: few data, changed times, values as of the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.card.drift import drift_sentences
from training.comparison import FEW_POSITIVES
from training.footing import apart_sentences, footing
from training.quarantine import keys_read
from training.recommend import FEWEST_TO_LEARN, FEWEST_TO_TEST

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from training.train import Trained

#: Fewer opportunities a feature than this are few (Peduzzi et al. 1996 asked for ten of a regression).
EVENTS_PER_VARIABLE = 10


def limits(done: Trained, moved: dict[str, Any], cohorts: pd.DataFrame, grades: pd.DataFrame) -> list[str]:
    """Return the limits in sentences, each with the figure behind it.

    ``cohorts`` and ``grades`` are how probabilities held by month and by grade
    (:func:`training.reliability.reliability`).
    """
    return [
        *_few(done),
        *apart_sentences(footing(done.material)),
        *_times(done, moved, cohorts),
        *grade_sentences(grades),
        *_card(done),
        *_facts(done),
    ]


def grade_sentences(grades: pd.DataFrame) -> list[str]:
    """Return in a sentence each grade whose probabilities did not hold, A first: it is what people act on."""
    return [
        f"Grade {row['group']} did not hold on the held-out rows: of 100 leads {100 * row['expected']:.1f} are "
        f"promised and {100 * row['seen']:.1f} were seen, {row['ratio']:.2f} per one expected "
        f"({row['ratio_low']:.2f} to {row['ratio_high']:.2f})."
        for row in grades.to_dict(orient="records")
        if not row["holds"]
    ]


def _card(done: Trained) -> list[str]:
    card = done.material.card
    return [] if card is None or card.said_unbound is None else [f"Of the card {card.said_unbound}."]


def _few(done: Trained) -> list[str]:
    lines = []
    found, held = done.recommendation, done.comparison
    if found is not None and found.events_per_variable < EVENTS_PER_VARIABLE:
        lines.append(
            f"Few data: {found.opportunities:,} leads with an opportunity to learn from, "
            f"{found.events_per_variable:.1f} for each of {found.variables:,} features; for a regression "
            f"{EVENTS_PER_VARIABLE} are the usual advice. The gate enough_data asks less of trees, and counts for "
            "each group of features that they use."
        )
    if found is not None and found.opportunities < FEWEST_TO_LEARN:
        lines.append(f"Below {FEWEST_TO_LEARN} of them the card should stay.")
    if held.n_opportunities < FEWEST_TO_TEST:
        lines.append(f"Only {held.n_opportunities} held-out leads have an opportunity: the figures are rough.")
    if held.n_accounts_positive < FEW_POSITIVES:
        lines.append(
            f"Only {held.n_accounts_positive} held-out accounts have an opportunity: the intervals are too narrow."
        )
    if done.backtest is None:
        lines.append("There is no backtest: one stretch of time is all that speaks for these figures.")
    return lines


def _times(done: Trained, moved: dict[str, Any], cohorts: pd.DataFrame) -> list[str]:
    rows, parts = done.material.rows, done.material.parts
    before, after = ((rows.label[part] == 1).mean() for part in (parts.train, parts.test))
    lines = [
        f"Of 100 rows {100 * before:.1f} became an opportunity in training and {100 * after:.1f} in the held-out "
        "period; probabilities follow such a change only at the next training.",
        *drift_sentences(moved),
    ]
    off = [row for row in cohorts.to_dict(orient="records") if not row["holds"]]
    if off:
        named = "; ".join(f"{row['group']} ({row['ratio']:.2f} seen per one expected)" for row in off)
        lines.append(f"Probabilities did not hold in {len(off)} of {len(cohorts)} held-out months: {named}.")
    return lines


def _facts(done: Trained) -> list[str]:
    material, model = done.material, done.model
    manifest = material.dataset.manifest
    read = {key for feature in model.feature_set.features[: model.width] for key in keys_read(feature.source)}
    current = sorted(read & {f"{e}.{name}" for e in ("lead", "account") for name in manifest.current_only})
    lines = []
    if current:
        lines.append(
            f"The data keep no history of {', '.join(current)}: the model learnt from values as of the export, "
            "which may tell what came later."
        )
    if manifest.undated:
        lines.append("The source has no dates; times only keep its order, so nothing here speaks of days.")
    for warning in material.guard.warnings:
        lines.append(f"Not decided by the audit: {warning.subject}: {warning.sentence}")
    return lines
