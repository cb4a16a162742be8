"""Do probabilities hold, everywhere: expected and seen opportunities by month, by segment and by grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.facts.clock import DAY
from models.similar import Counted, SimilarLeads
from training.bootstrap import account_codes, account_counts
from training.plots import wilson_interval

if TYPE_CHECKING:
    from features.language import FeatureSet
    from models.lead_model import LeadModel
    from training.rows import Rows

LEVEL = 0.95
#: A category with more levels than this is no segmentation that people talk in.
MOST_LEVELS = 12
#: Segments that are shown; the rarest are counted together.
MOST_SEGMENTS = 8
UNKNOWN, REST = "not known", "other"


@dataclass(frozen=True)
class Scored:
    """Rows with a probability and what became of them; each field (n,).

    ``weight`` is what each row counts; ``account`` numbers what is resampled together.
    """

    probability: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    lead: np.ndarray
    account: np.ndarray
    as_of: np.ndarray

    @classmethod
    def of(cls, probability: np.ndarray, rows: Rows, weight: np.ndarray | None = None) -> Scored:
        """Take decided rows (see :meth:`Rows.take`) with their probability (n,) and weights, or 1 each."""
        counts = np.ones(len(rows)) if weight is None else np.asarray(weight, np.float64)
        return cls(np.asarray(probability), rows.label == 1, counts, rows.lead, rows.cluster, rows.as_of)


def by_cohort(scored: Scored, *, resamples: int = 500, seed: int = 0) -> pd.DataFrame:
    """Return :func:`reliability` by the month of ``as_of`` (UTC), oldest first."""
    months = scored.as_of.astype("datetime64[us]").astype("datetime64[M]").astype(str)
    return reliability(scored, months, sorted(set(months)), resamples=resamples, seed=seed)


def by_grade(scored: Scored, grades: np.ndarray, *, resamples: int = 500, seed: int = 0) -> pd.DataFrame:
    """Return :func:`reliability` by grade letter (n,), A first."""
    return reliability(scored, grades, sorted(set(grades.tolist())), resamples=resamples, seed=seed)


def by_segment(
    scored: Scored,
    feature_set: FeatureSet,
    matrix: np.ndarray,
    feature: str,
    *,
    resamples: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Return :func:`reliability` by the values of a category feature, the commonest first.

    ``matrix`` (n, f) is the rows' in the columns of ``feature_set``. Rare values are counted together, and a
    value that is not known is a segment of its own.
    """
    segments = segment_texts(feature_set, matrix, feature)
    texts, count = np.unique(segments, return_counts=True)
    order = texts[np.argsort(-count, kind="stable")].tolist()
    if len(order) > MOST_SEGMENTS:
        kept = order[: MOST_SEGMENTS - 1]
        segments = np.where(np.isin(segments, kept), segments, REST)
        order = [*(text for text in kept if text != REST), REST]
    return reliability(scored, segments, order, resamples=resamples, seed=seed)


def segment_texts(feature_set: FeatureSet, matrix: np.ndarray, feature: str) -> np.ndarray:
    """Return the category of each row as text, object (n,)."""
    place = feature_set.position(feature)
    levels = np.array([*feature_set.features[place].levels, UNKNOWN], object)
    values = matrix[:, place]
    return levels[np.where(np.isnan(values), len(levels) - 1, values).astype(np.int64)]


def reliability(
    scored: Scored, group: np.ndarray, order: list[str], *, resamples: int = 500, seed: int = 0
) -> pd.DataFrame:
    """Compare expected and seen opportunities, a row for each group.

    Columns: ``group``; ``leads``, ``rows`` and ``opportunities`` (rows that became one); ``expected`` and
    ``seen``, weighted mean probability and share; ``seen_low`` and ``seen_high``, the 95 % interval of ``seen``
    from resampling accounts; ``ratio`` = seen / expected with ``ratio_low`` and ``ratio_high``; ``holds``, whether
    1 lies within the latter. Where none or all of a group's rows became one, resampling says nothing, and the
    interval is Wilson's with each account counted once.
    """
    codes = account_codes(scored.account, scored.lead)
    accounts = int(codes.max(initial=-1)) + 1
    counts = np.stack([account_counts(accounts, number, seed) for number in range(resamples)])
    found = [_one(scored, np.asarray(group) == name, name, codes, counts) for name in order]
    return pd.DataFrame([row for row in found if row is not None])


def _one(
    scored: Scored, member: np.ndarray, name: str, codes: np.ndarray, counts: np.ndarray
) -> dict[str, object] | None:
    if not member.any():
        return None
    w, p, y = scored.weight[member], scored.probability[member], scored.label[member]
    owner = codes[member]
    sums = np.column_stack([np.bincount(owner, weights=x, minlength=counts.shape[1]) for x in (w, w * p, w * y)])
    expected, seen = float(np.average(p, weights=w)), float(np.average(y, weights=w))
    if y.all() or not y.any():
        owners = len(np.unique(owner))
        low, high = (float(end) for end in wilson_interval(owners if y.any() else 0, owners))
        ratio_low, ratio_high = low / expected, high / expected
    else:
        drawn = counts @ sums
        drawn = drawn[drawn[:, 0] > 0]
        low, high = _ends(drawn[:, 2] / drawn[:, 0])
        ratio_low, ratio_high = _ends(drawn[:, 2] / drawn[:, 1])
    return {
        "group": name,
        "leads": len(np.unique(scored.lead[member])),
        "rows": int(member.sum()),
        "opportunities": int(y.sum()),
        "expected": expected,
        "seen": seen,
        "seen_low": low,
        "seen_high": high,
        "ratio": seen / expected,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "holds": bool(ratio_low <= 1.0 <= ratio_high),
    }


def _ends(draws: np.ndarray) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def one_look_each(rows: Rows, seed: int = 0) -> np.ndarray:
    """Return the positions of one row for each lead, ascending; some leads have none.

    The look is drawn among all that were planned for the lead within the rows' period, and left out if the lead
    was no longer open then. The latest row of each lead would tell the outcome: that of a lead which became an
    opportunity is from just before, and that of any other from long after people lost interest, so that the best
    grade would look better than it is. Rows that do not know their schedule give the earliest of each lead.
    """
    if len(rows) == 0:
        return np.empty(0, np.int64)
    if rows.schedule is None:
        order = np.lexsort((rows.as_of, rows.lead))
        return np.sort(order[np.append(True, np.diff(rows.lead[order]) != 0)])
    lead, as_of = rows.schedule.lead, rows.schedule.as_of
    within = (as_of >= rows.as_of.min()) & (as_of <= rows.as_of.max()) & np.isin(lead, rows.lead)
    lead, as_of = lead[within], as_of[within]
    # One random rank for each planned look; a lead's lowest is the one that is drawn.
    order = np.lexsort((np.random.default_rng(seed).random(len(lead)), lead))
    drawn = order[np.append(True, np.diff(lead[order]) != 0)]
    planned = np.full(int(lead.max()) + 1, -1, np.int64)
    planned[lead[drawn]] = as_of[drawn]
    return np.flatnonzero(planned[rows.lead] == rows.as_of)


def similar_leads(
    model: LeadModel, matrix: np.ndarray, rows: Rows, feature: str | None = None, grades: np.ndarray | None = None
) -> SimilarLeads:
    """Count what became of past leads by grade, and by grade and the values of a category feature.

    ``matrix`` (n, f) and ``rows`` are of decided rows that the model did not learn from. A lead counts once, by
    one look (:func:`one_look_each`). Without ``feature`` it is the category with the most weight in the model, if
    there is one of few values. ``grades`` (n,) are those of predictions that had not seen the rows' accounts,
    where the model has learnt from them.
    """
    chosen = one_look_each(rows)
    given = model.grades(matrix[chosen]) if grades is None else grades[chosen]
    matrix, became, grades = matrix[chosen], rows.label[chosen] == 1, given
    feature = feature or best_category(model)
    segments: tuple[Counted, ...] = ()
    label = ""
    if feature is not None:
        texts = segment_texts(model.feature_set, matrix, feature)
        label = model.feature_set.features[model.feature_set.position(feature)].label
        pairs = sorted({pair for pair in zip(grades.tolist(), texts.tolist(), strict=True) if pair[1] != UNKNOWN})
        segments = tuple(
            _count(became, (grades == grade) & (texts == text), str(grade), str(text)) for grade, text in pairs
        )
    return SimilarLeads(
        horizon_days=model.horizon / DAY,
        feature=feature,
        label=label,
        grades=tuple(_count(became, grades == grade, grade) for grade in sorted(set(grades.tolist()))),
        segments=segments,
    )


def _count(became: np.ndarray, member: np.ndarray, grade: str, segment: str | None = None) -> Counted:
    return Counted(grade=grade, segment=segment, leads=int(member.sum()), became=int(became[member].sum()))


def best_category(model: LeadModel) -> str | None:
    """Return the category feature of few values that the trees gain most by, or None."""
    gains = model.booster.feature_importance("gain")
    fitting = [
        (float(gains[number]), -number)
        for number, feature in enumerate(model.feature_set.features[: model.width])
        if feature.is_category and 2 <= len(feature.levels) <= MOST_LEVELS and gains[number] > 0
    ]
    return model.feature_set.features[-max(fitting)[1]].name if fitting else None
