"""What distilling gives: the card, how each number of rules does, and what is lost against the model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.scorer import GRADES
from training.words import listed

if TYPE_CHECKING:
    from models.card import CardScorer, PointCard
    from training.comparison import Estimate
    from training.distil.lost import Lost
    from training.distil.path import PathStep


@dataclass(frozen=True)
class DistilledRule:
    """A rule with its points, its worth in log-odds, and what became of training rows with and without it."""

    axis: str
    name: str
    points: int
    worth: float
    share: float
    rate_with: float
    rate_without: float


@dataclass(frozen=True)
class Distilled:
    """A card of few rules learnt from the data; ``scorer`` is it bound to these data, with its calibration.

    ``asked`` is how many rules were allowed, ``candidates`` how many were looked at. ``path`` is measured on
    training accounts that the cards did not see, and is what to choose the number of rules by; ``lost`` on the
    held-out rows, which chose nothing. ``left_out`` are the keys of what the leak guard convicted.
    """

    card: PointCard
    scorer: CardScorer
    asked: int
    candidates: int
    learnt_rows: int
    learnt_opportunities: int
    rules: tuple[DistilledRule, ...]
    path: tuple[PathStep, ...]
    lost: Lost
    left_out: tuple[str, ...]

    @property
    def log_odds_a_point(self) -> float:
        """What a point adds to the log-odds."""
        if self.scorer.calibration is None:
            raise ValueError("a distilled card is calibrated")
        return self.scorer.calibration.slope

    def rules_frame(self) -> pd.DataFrame:
        """Return a row a rule, in the card's order."""
        return pd.DataFrame([asdict(rule) for rule in self.rules])

    def path_frame(self) -> pd.DataFrame:
        """Return a row for each number of rules, with what the last one brought on accounts not seen."""
        return pd.DataFrame(
            [
                (s.rules, s.log_loss, s.auc, s.gain.value, s.gain.low, s.gain.high, "; ".join(s.names))
                for s in self.path
            ],
            columns=["rules", "log_loss", "auc", "gain", "gain_low", "gain_high", "names"],
        )

    def values_frame(self) -> pd.DataFrame:
        """Return a row for each score value: promised and seen shares of opportunities on the held-out rows."""
        return pd.DataFrame(
            [
                (v.lowest, v.highest, v.rows, v.leads, v.promised, v.seen.value, v.seen.low, v.seen.high)
                for v in self.lost.lines
            ],
            columns=["lowest", "highest", "rows", "leads", "promised", "seen", "seen_low", "seen_high"],
        )

    def bands_frame(self) -> pd.DataFrame:
        """Return how many leads have which grade: by the model (rows) and by the card (columns)."""
        return pd.DataFrame(self.lost.bands, index=list(GRADES), columns=list(GRADES))

    def sentences(self) -> list[str]:
        """Return in plain words what came out."""
        lost, compared = self.lost, self.lost.comparison
        model = "the model" if lost.model == "model" else lost.model
        own, theirs = compared.estimates["distilled"], compared.estimates[lost.model]
        auc, found = (compared.differences["distilled"][name] for name in ("auc", "found_at_capacity"))
        chosen = compared.capacity_said
        said = [
            f"{len(self.rules)} rules of {self.candidates:,} conditions, learnt from {self.learnt_rows:,} rows "
            f"with {self.learnt_opportunities:,} positive. A point is worth {self.log_odds_a_point:.3f} log-odds.",
            f"On {compared.n_rows:,} held-out rows its AUC is {own['auc'].value:.3f}, {model}'s "
            f"{theirs['auc'].value:.3f}: difference {_signed(auc, 3)}.",
            f"At {compared.capacity} calls a week it finds {own['found_at_capacity'].value:.0f} of "
            f"{compared.n_opportunities} opportunities, {model} "
            f"{theirs['found_at_capacity'].value:.0f}: difference {_signed(found, 0)}. {chosen}".rstrip(),
            f"It ranks like {model} with a correlation of {lost.rank_correlation.value:.2f}; "
            f"{lost.moved.value:.0%} of the leads would be in another band.",
        ]
        if len(self.rules) < self.asked:
            said.append(
                f"{self.asked} rules were allowed; no further one tells more than the best of so many conditions "
                "would by chance."
            )
        if self.left_out:
            said.append(f"Left out by the leak guard: {listed(list(self.left_out))}.")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "card": self.card.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "asked": self.asked,
            "candidates": self.candidates,
            "learnt_rows": self.learnt_rows,
            "learnt_opportunities": self.learnt_opportunities,
            "log_odds_a_point": self.log_odds_a_point,
            "rules": [asdict(rule) for rule in self.rules],
            "path": [asdict(step) for step in self.path],
            "lost": self.lost.to_dict(),
            "left_out": list(self.left_out),
        }


def _signed(gap: Estimate, digits: int) -> str:
    return f"{gap.value:+.{digits}f} ({gap.low:+.{digits}f} to {gap.high:+.{digits}f})"
