"""Several ways of scoring the same held-out rows, side by side with intervals.

The arms may be anything that ranks rows and gives them a probability: the boosted model, logistic regression, the
hand-agreed point card, a constant. All stand on the same rows and the same resamples of accounts, so that the
difference of two arms is far better known than either arm alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from features.errors import ConfigError, DataError, did_you_mean
from training.bootstrap import ArmStatistic, account_codes, expanded_interval, resample
from training.capacity import default_capacity, everybody_is_called, found_at_capacity, week_of
from training.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

FEW_POSITIVES = 20
NAMES = tuple(metric.name for metric in METRICS)
RANKS = {
    "better": "better than",
    "worse": "worse than",
    "unclear": "neither clearly better nor clearly worse than",
}
DETAIL = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True)
class Arm:
    """One way of scoring: ``score`` (n,) ranks the rows, higher first; ``probability`` (n,) lies in 0..1.

    They are apart because a card ranks by its points and needs a calibration to speak of probabilities.
    """

    score: ArrayLike
    probability: ArrayLike


@dataclass(frozen=True)
class Estimate:
    """A figure and the ends of its 95 % interval; NaN where it does not exist."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """What `compare_arms` found. ``estimates[arm][metric]``; ``differences`` are arm minus ``reference``.

    ``n_accounts`` counts the clusters (a lead without account is its own), ``n_opportunities`` the leads with a
    positive row, of which ``found_at_capacity`` is a part. ``everybody_called``: the capacity is at least the
    supply of leads, so that every order finds the same. ``capacity_chosen``: nobody gave it, it follows the rows.
    """

    reference: str
    capacity: int
    n_rows: int
    n_positives: int
    n_accounts: int
    n_accounts_positive: int
    n_leads: int
    n_opportunities: int
    n_weeks: int
    replicates: int
    seed: int
    estimates: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Mapping[str, Estimate]]
    everybody_called: bool = False
    capacity_chosen: bool = False

    @property
    def capacity_said(self) -> str:
        """Where the capacity is from, if nobody gave it: other rows have another, as it follows their number."""
        if not self.capacity_chosen:
            return ""
        return (
            f"{self.capacity:,} a week is a tenth of the leads that a middling week of these rows has; "
            "--capacity sets the team's own."
        )

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms' names in the order given."""
        return tuple(self.estimates)

    def standing(self, arm: str, metric: str) -> Literal["better", "worse", "unclear"]:
        """Say where ``arm`` stands to the reference, by the interval of the difference and never by its value.

        Measures that should be near 1 have no better end and are always unclear.
        """
        gap = self.differences.get(arm, {}).get(metric)
        sign = {"higher": 1, "lower": -1, "near 1": 0}[DETAIL[metric].better]
        if gap is None or sign == 0 or not gap.low * gap.high > 0:
            return "unclear"
        return "better" if gap.low * sign > 0 else "worse"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per arm and metric; the reference's differences are NaN."""
        nothing = Estimate(np.nan, np.nan, np.nan)
        rows = []
        for arm, figures in self.estimates.items():
            for metric, figure in figures.items():
                gap = self.differences.get(arm, {}).get(metric, nothing)
                rows.append((arm, metric, *astuple(figure), *astuple(gap)))
        gaps = ["difference", "difference_low", "difference_high"]
        return pd.DataFrame(rows, columns=["arm", "metric", "value", "low", "high", *gaps])

    def to_dict(self) -> dict[str, Any]:
        """Return plain types for JSON: what does not exist is None, never NaN."""
        return {key: _without_nan(value) for key, value in asdict(self).items()}

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def verdict(self, arms: Collection[str] | None = None) -> str:
        """Return plain sentences: what each arm, or those named, finds beside the reference, and how it ranks."""
        sentences = [self._everybody_sentence()] if self.everybody_called else []
        for arm in self.differences if arms is None else arms:
            sentences += [] if self.everybody_called else [self._capacity_sentence(arm)]
            sentences.append(self._auc_sentence(arm))
        if self.n_accounts_positive < FEW_POSITIVES:
            few = self.n_accounts_positive
            sentences.append(f"Only {few} accounts have an opportunity: the intervals are too narrow.")
        return " ".join(sentences)

    def _everybody_sentence(self) -> str:
        return (
            f"At {self._calls} every lead is called in its first week, whoever ranks them: what is found at "
            "capacity tells nothing."
        )

    @property
    def _calls(self) -> str:
        return f"{self.capacity} lead{'s' if self.capacity > 1 else ''} a week"

    def _capacity_sentence(self, arm: str) -> str:
        found = self.estimates[arm]["found_at_capacity"].value
        other = self.estimates[self.reference]["found_at_capacity"].value
        gap = self.differences[arm]["found_at_capacity"]
        said = (
            f"{_capital(_called(arm))} finds {found:.0f} of {self.n_opportunities} opportunities "
            f"at {self._calls}, {_called(self.reference)} {other:.0f}: "
        )
        interval = f"{gap.low:.0f} to {gap.high:.0f}"
        if self.standing(arm, "found_at_capacity") == "unclear":
            return f"{said}no clear difference (95 % interval of the difference {interval})."
        if gap.value > 0:
            return f"{said}{gap.value:.0f} more (95 % interval {interval})."
        return f"{said}{-gap.value:.0f} fewer (95 % interval {-gap.high:.0f} to {-gap.low:.0f})."

    def _auc_sentence(self, arm: str) -> str:
        gap = self.differences[arm]["auc"]
        ranks = f"{'' if self.everybody_called else 'it '}ranks {RANKS[self.standing(arm, 'auc')]}"
        who = f"{_called(arm)} " if self.everybody_called else ""
        return (
            f"Over all rows {who}{ranks} {_called(self.reference)}: AUC "
            f"{self.estimates[arm]['auc'].value:.3f} against {self.estimates[self.reference]['auc'].value:.3f} "
            f"(95 % interval of the difference {gap.low:.3f} to {gap.high:.3f})."
        )


def _called(name: str) -> str:
    """Return an arm's name as a sentence takes it: "the model", but "version 1" and "the base rate" as they are.

    >>> _called("card"), _called("version 1")
    ('the card', 'version 1')
    """
    return name if name.startswith(("version ", "the ")) else f"the {name}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - walks whatever asdict returns
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def compare_arms(
    arms: Mapping[str, Arm],
    labels: ArrayLike,
    clusters: ArrayLike,
    lead_ids: ArrayLike,
    as_of: ArrayLike,
    capacity: int | None,
    reference: str,
    replicates: int = 500,
    seed: int = 0,
    weights: ArrayLike | None = None,
) -> Comparison:
    """Measure every arm on the same rows, with 95 % intervals and paired differences to ``reference``.

    All arrays are (n,): ``labels`` 0/1, undecided rows left out before; ``clusters`` the account, missing allowed;
    ``as_of`` microseconds UTC. ``capacity`` is leads called a week; None takes about a tenth of a week's leads.
    ``weights`` are what the rows count, alike without them; a lead that is called counts as one whatever they are.
    Refuses an unknown reference, rows without a positive or without a negative, and scores that are not finite.
    """
    if reference not in arms:
        raise ConfigError(f"reference {reference!r} is not one of the arms", hint=did_you_mean(reference, arms))
    positive = _checked_labels(labels)
    weeks = week_of(as_of)
    capacity_chosen = capacity is None
    capacity = default_capacity(weeks, lead_ids) if capacity is None else capacity
    codes = account_codes(clusters, lead_ids)
    statistics = []
    weight = None if weights is None else np.asarray(weights, np.float64)
    opportunities = 0
    for name, arm in arms.items():
        score, probability = _checked_arm(name, arm, len(positive))
        picks = found_at_capacity(weeks, lead_ids, score, positive, capacity, as_of=as_of, seed=seed)
        opportunities = picks.opportunities
        statistics.append(ArmStatistic(score, probability, positive, codes, picks.mask, weight))
    n_accounts = int(codes.max()) + 1
    units = len(np.unique(codes[positive]))

    def all_arms(counts: Floats) -> Floats:
        return np.array([statistic(counts) for statistic in statistics])

    found = all_arms(np.ones(n_accounts))
    draws = resample(all_arms, n_accounts, replicates, seed)
    names = list(arms)
    base = names.index(reference)
    differences = _estimates(names, found - found[base], draws - draws[:, [base]], units)
    del differences[reference]
    # A resample may hold more opportunities than there are; nobody finds more than those.
    place = NAMES.index("found_at_capacity")
    draws[:, :, place] = np.minimum(draws[:, :, place], opportunities)
    return Comparison(
        reference=reference,
        capacity=capacity,
        n_rows=len(positive),
        n_positives=int(positive.sum()),
        n_accounts=n_accounts,
        n_accounts_positive=units,
        n_leads=int(pd.Series(np.asarray(lead_ids, dtype=object)).nunique()),
        n_opportunities=opportunities,
        n_weeks=len(np.unique(weeks)),
        replicates=replicates,
        seed=seed,
        estimates=_estimates(names, found, draws, units),
        differences=differences,
        everybody_called=everybody_is_called(weeks, lead_ids, capacity),
        capacity_chosen=capacity_chosen,
    )


def _checked_labels(labels: ArrayLike) -> Mask:
    values = np.asarray(labels, dtype=np.float64)
    if not np.isin(values, (0, 1)).all():
        raise DataError("labels hold values other than 0 and 1", hint="leave undecided rows out before comparing")
    positive = values == 1
    if positive.all() or not positive.any():
        seen = f"{int(positive.sum())} of the {len(positive)} held-out rows are opportunities"
        raise DataError(f"{seen}; comparing needs both kinds", hint="hold out a longer period")
    return positive


def _checked_arm(name: str, arm: Arm, n: int) -> tuple[Floats, Floats]:
    score = np.asarray(arm.score, dtype=np.float64)
    probability = np.asarray(arm.probability, dtype=np.float64)
    for what, values in (("score", score), ("probability", probability)):
        if values.shape != (n,):
            raise ValueError(f"arm {name!r}: {what} has shape {values.shape}; labels have ({n},)")
        if not np.isfinite(values).all():
            raise ValueError(
                f"arm {name!r}: {what} holds {np.count_nonzero(~np.isfinite(values))} non-finite values"
            )
    if ((probability < 0) | (probability > 1)).any():
        raise ValueError(f"arm {name!r}: probability reaches from {probability.min()} to {probability.max()}")
    return score, probability


def _estimates(names: list[str], value: Floats, draws: Floats, units: int) -> dict[str, dict[str, Estimate]]:
    """Name the figures: ``value`` (arms, metrics) and ``draws`` (replicates, arms, metrics)."""
    figures = np.stack([value, *expanded_interval(draws, units)], axis=-1)
    return {
        name: {metric: Estimate(*map(float, figure)) for metric, figure in zip(NAMES, row, strict=True)}
        for name, row in zip(names, figures, strict=True)
    }
