"""What a comparison found, as one object: for the terminal, for JSON and for the page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY
from models.card import CardScorer
from training.compare.periods import Regret, regrets
from training.comparison import FEW_POSITIVES, _without_nan
from training.plots import gains_figure, reliability_bins

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from training.compare.churn import Churn
    from training.compare.finds import Finds
    from training.compare.ground import Ground
    from training.compare.origins import Origins
    from training.compare.periods import Period
    from training.compare.segments import Segment
    from training.compare.side import Side
    from training.comparison import Comparison


@dataclass(frozen=True)
class Compared:
    """Two scorers, ``a`` against ``b``. ``churn`` is None where no lead is open, or ``b`` grades nobody.

    ``origins`` is what both said at the origins of their backtests, None where nobody asked.
    """

    a: Side = field(repr=False)
    b: Side = field(repr=False)
    ground: Ground = field(repr=False)
    comparison: Comparison
    segments: tuple[Segment, ...]
    periods: tuple[Period, ...]
    finds: Finds
    churn: Churn | None
    origins: Origins | None = None

    @property
    def rows_said(self) -> str:
        """On which rows it stands."""
        return self.ground.said

    @property
    def figure(self) -> Figure:
        """The gains and the lift of both."""
        return gains_figure({side.label: side.score for side in (self.a, self.b)}, self.ground.held.label)

    @property
    def regrets(self) -> tuple[Regret, Regret] | None:
        """Both scorers' regret over the periods."""
        return regrets(self.periods)

    @property
    def worst_segment(self) -> Segment | None:
        """The segment where the first does worst beside the second, of those with enough opportunities."""
        enough = [s for s in self.segments if s.part.measures and s.part.opportunities >= FEW_POSITIVES]
        return min(enough, key=lambda segment: segment.lean, default=None)

    def sentences(self) -> list[str]:
        """Return what was found in plain words, the verdict first."""
        said = [self.comparison.verdict(), self._finds_said()]
        for side in (self.a, self.b):
            if isinstance(side.scorer, CardScorer) and side.scorer.said_unbound is not None:
                said.append(f"Of {side.label} {side.scorer.said_unbound}.")
        if self.regrets is not None:
            said.append(self._regret_said(*self.regrets))
        if self.origins is not None:
            said.append(self.origins.sentence(self.a.label, self.b.label))
        if self.worst_segment is not None:
            said.append(self._segment_said(self.worst_segment))
        if self.churn is not None:
            said.append(self.churn.sentence(self.a.label, self.b.label))
        return said

    def _finds_said(self) -> str:
        finds = self.finds
        if self.comparison.everybody_called:
            return (
                f"Both lists call every lead in its first week and find {finds.both:,} of the "
                f"{finds.opportunities:,} opportunities: give a smaller --capacity to tell them apart."
            )
        return (
            f"At {finds.capacity} calls a week both find {finds.both:,} of the {finds.opportunities:,} "
            f"opportunities, only {self.a.label} {len(finds.only_a):,}, only {self.b.label} "
            f"{len(finds.only_b):,}, neither {finds.neither:,}."
        )

    def _regret_said(self, first: Regret, second: Regret) -> str:
        stretches = f"the {len(self.periods)} stretches of the held-out time"
        if first.worst == 0 or second.worst == 0:
            ahead, behind, by = (self.a, self.b, second) if first.worst == 0 else (self.b, self.a, first)
            return (
                f"By log loss {ahead.label} was ahead in each of {stretches}: relying on {behind.label} alone "
                f"would have cost {by.mean:.4f} a row on average and {by.worst:.4f} in the worst one."
            )
        return (
            f"By log loss each was ahead in some of {stretches}: relying on one alone would have cost, in the "
            f"worst one, {first.worst:.4f} a row with {self.a.label} (on average {first.mean:.4f}) and "
            f"{second.worst:.4f} with {self.b.label} (on average {second.mean:.4f})."
        )

    def _segment_said(self, worst: Segment) -> str:
        loss = worst.part.measures["log_loss"].difference
        does = "is least ahead of" if loss.value < 0 else "does worst beside"
        stands = {
            "worse": "is clearly worse there",
            "better": "is clearly better even there",
            "unclear": "is not clearly worse there",
        }[worst.standing]
        return (
            f"{self.a.label[0].upper()}{self.a.label[1:]} {does} {self.b.label} where {worst.where} "
            f"({worst.part.opportunities:,} opportunities of {worst.part.accounts:,} accounts) and {stands}: "
            f"log loss {loss.value:+.4f} ({loss.low:+.4f} to {loss.high:+.4f}). Of the segments with at least "
            f"{FEW_POSITIVES} opportunities."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain types: what does not exist is None, never NaN."""
        found = self.comparison.to_dict() | {
            "a": self.a.label,
            "b": self.b.label,
            "rows": self.rows_said,
            "horizon_days": self.ground.spec.horizon_us / DAY,
            "sentences": self.sentences(),
            "segments": [segment.to_dict() for segment in self.segments],
            "periods": [period.to_dict() for period in self.periods],
            "regret": None if self.regrets is None else dict(zip("ab", map(asdict, self.regrets), strict=True)),
            "backtest": None if self.origins is None else self.origins.to_dict(),
            "finds": self.finds.to_dict(),
            "reliability": {side.label: self._reliability(side) for side in (self.a, self.b)},
            "churn": None if self.churn is None else self.churn.to_dict(),
        }
        return plain(found)

    def _reliability(self, side: Side) -> list[dict[str, float]]:
        bins = reliability_bins(side.probability, self.ground.held.label)
        names = ("promised", "seen", "low", "high", "rows")
        return [dict(zip(names, map(float, row), strict=True)) for row in np.array(bins).T]

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)


def plain(value: Any) -> Any:  # noqa: ANN401 - walks whatever to_dict holds
    """Return a value with lists for tuples and None for what is not finite."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return _without_nan(value)
