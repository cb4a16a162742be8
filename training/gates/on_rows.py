"""The gates that stand on a comparison: better, calibrated, for every segment, not too disruptive, explained."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from models.answer import adds_up
from models.card import CardScorer
from training.gates.gate import Gate, not_computed

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.compare import Compared
    from training.comparison import Estimate
    from training.gates.thresholds import Bounds, Thresholds

_CHUNK = 2000


def better(compared: Compared, asked: Thresholds) -> Gate:
    """Judge log loss and AUC by the intervals of their paired differences to the reference."""
    name, other = compared.a.label, compared.b.label
    must = asked.better_or_not_worse.require
    comparison = compared.comparison
    gaps = {metric: comparison.differences[name][metric] for metric in ("log_loss", "auc")}
    if not all(isfinite(gap.low) for gap in gaps.values()):
        few = f"{comparison.n_accounts_positive} accounts with an opportunity are too few for an interval"
        return not_computed("better_or_not_worse", few)
    standing = {metric: comparison.standing(name, metric) for metric in gaps}
    passed = "worse" not in standing.values() and (must == "not_worse" or standing["log_loss"] == "better")
    loss, auc = gaps["log_loss"], gaps["auc"]
    actual = (
        f"log loss {loss.value:+.4f} ({loss.low:+.4f} to {loss.high:+.4f}), "
        f"AUC {auc.value:+.3f} ({auc.low:+.3f} to {auc.high:+.3f})"
    )
    threshold = {
        "not_worse": f"no interval on the wrong side of 0, against {other}",
        "better": f"log loss interval below 0 and AUC interval not below it, against {other}",
    }[must]
    said = {"better": "clearly better than", "worse": "clearly worse than", "unclear": "not clearly other than"}
    sentence = (
        f"{_capital(name)} is {said[standing['log_loss']]} {other} by log loss "
        f"and {said[standing['auc']]} it by AUC."
    )
    return Gate("better_or_not_worse", actual, threshold, passed, sentence)


def calibration(compared: Compared, asked: Thresholds) -> Gate:
    """Judge the slope and what was seen per one predicted, by figure and by interval."""
    figures = compared.comparison.estimates[compared.a.label]
    judged = (
        ("slope", figures["calibration_slope"], asked.calibration.slope),
        ("seen per expected", figures["observed_over_expected"], asked.calibration.seen_per_expected),
    )
    faults = [fault for what, found, bounds in judged if (fault := _fault(what, found, bounds))]
    actual = ", ".join(
        f"{what} {found.value:.2f} ({found.low:.2f} to {found.high:.2f})" for what, found, _ in judged
    )
    threshold = _bounds_said(judged[0][2], judged[1][2])
    said = " ".join(faults) or "The probabilities stay within these bounds."
    return Gate("calibration", actual, threshold, not faults, said)


def _bounds_said(slope: Bounds, ratio: Bounds) -> str:
    def within(bounds: Bounds) -> str:
        (least, most), (low, high) = bounds.figure, bounds.reach
        return f"within {least:g} to {most:g} with an interval that overlaps {low:g} to {high:g}"

    if slope == ratio:
        return f"each {within(slope)}"
    return f"slope {within(slope)}, seen per expected {within(ratio)}"


def _fault(what: str, found: Estimate, bounds: Bounds) -> str:
    if not all(map(isfinite, (found.value, found.low, found.high))):
        return f"The {what} does not exist on these rows."
    if not bounds.figure[0] <= found.value <= bounds.figure[1]:
        return f"The {what} of {found.value:.2f} lies outside {bounds.figure[0]:g} to {bounds.figure[1]:g}."
    if found.high < bounds.reach[0] or found.low > bounds.reach[1]:
        return (
            f"The {what} is surely off: its interval {found.low:.2f} to {found.high:.2f} keeps clear of "
            f"{bounds.reach[0]:g} to {bounds.reach[1]:g}."
        )
    return ""


def worst_segment(compared: Compared, asked: Thresholds) -> Gate:
    """Look for a segment with enough opportunities in which the version is clearly worse."""
    fewest = asked.worst_segment.fewest_opportunities
    threshold = f"no segment with {fewest} or more opportunities clearly worse than with {compared.b.label}"
    looked = [s for s in compared.segments if s.part.measures and s.part.opportunities >= fewest]
    if not looked:
        most = max((s.part.opportunities for s in compared.segments), default=0)
        said = f"Not tested: no segment has {fewest} opportunities (the most is {most}): nothing to say of any."
        return Gate("worst_segment", "no segment large enough", threshold, True, said, tested=False)
    tests = sum(len(segment.part.measures) for segment in looked)
    worse = [segment for segment in looked if segment.standing_among(tests) == "worse"]
    worst = min(worse or looked, key=lambda segment: segment.lean)
    loss, auc = worst.part.measures["log_loss"].difference, worst.part.measures["auc"].difference
    actual = (
        f"{len(worse)} of {len(looked)} clearly worse; at worst, where {worst.where}, log loss {loss.value:+.4f} "
        f"({loss.low:+.4f} to {loss.high:+.4f}), AUC {auc.value:+.3f} ({auc.low:+.3f} to {auc.high:+.3f})"
    )
    said = (
        f"Clearly worse where {'; '.join(segment.where for segment in worse)}."
        if worse
        else f"Clearly worse in none of {len(looked)} segments."
    )
    return Gate("worst_segment", actual, threshold, not worse, said)


def churn(compared: Compared, asked: Thresholds) -> Gate:
    """Hold the share of open leads that change grade against what is allowed."""
    from_card = isinstance(compared.b.scorer, CardScorer)
    most = asked.churn.most_from_card if from_card else asked.churn.most
    threshold = f"at most {most:.0%}{' from a card' if from_card else ''}"
    if compared.churn is None:
        why = "nothing graded leads before" if len(compared.ground.opened) else "no lead is open"
        return Gate("churn", "no grade to change", threshold, True, f"No grade changes: {why}.")
    bill = compared.churn
    return Gate(
        "churn",
        f"{bill.share:.1%} of {bill.n_open:,} open leads",
        threshold,
        bill.share <= most,
        bill.sentence(compared.a.label, compared.b.label),
    )


def reasons(model: LeadModel, held: np.ndarray, asked: Thresholds) -> Gate:
    """Check on held-out rows (n, features), evenly spread, that contributions add up to the score."""
    rows = held[:: max(1, -(-len(held) // asked.reasons.rows))]
    exact = sum(
        int(adds_up(model.feature_contributions(part), model.total(part)).sum())
        for part in (rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK))
    )
    missed = len(rows) - exact
    said = (
        "Every score is the sum of its reasons."
        if not missed
        else f"{missed:,} scores are not their reasons' sum."
    )
    return Gate("reasons", f"{exact:,} of {len(rows):,} rows exact", "all of them", not missed, said)


def enough_data(model: LeadModel, compared: Compared, asked: Thresholds) -> Gate:
    """Count the leads with an opportunity that the version learnt from, in all and per group of features used."""
    learn = compared.ground.learn
    events = len(np.unique(learn.lead[learn.label == 1]))
    used = np.asarray(model.booster.feature_importance()) > 0
    variables = max(1, len(np.unique(model.group_of[used])))
    each, limits = events / variables, asked.enough_data
    enough = events >= limits.fewest_opportunities and each >= limits.events_per_variable
    said = (
        f"Learnt from {events:,} leads with an opportunity, {each:.1f} for each of {variables} groups of features "
        "that the trees use; train counts single features, which within a group mostly say the same."
    )
    return Gate(
        "enough_data",
        f"{events:,} opportunities, {each:.1f} a group of features",
        f"at least {limits.fewest_opportunities:,} and {limits.events_per_variable:g}",
        enough,
        said if enough else f"{said} The card should stay until there are more.",
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
