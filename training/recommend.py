"""Which arm to use: the plainest that cannot be told from the best, and none where the data are too few."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.arms import plainness
from training.metrics import row_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.comparison import Arm
    from training.rows import Rows

#: Leads with an opportunity, learnt from and backtested on, below which nothing fitted is recommended.
FEWEST_TO_LEARN, FEWEST_TO_TEST = 50, 30
#: The arm that is registered, whatever is recommended.
SERVED = "model"


@dataclass(frozen=True)
class Recommendation:
    """The arm to use and why.

    ``losses`` are the pooled log losses (nats a row), ``behind`` how much each arm is behind the best, ``error``
    the standard error of that difference, accounts being the units. ``served_loses`` is how much more the trees
    that are registered lose than ``arm``, with its 95 % interval; None where they are what is recommended.
    """

    arm: str
    best: str
    losses: Mapping[str, float]
    behind: Mapping[str, float]
    error: Mapping[str, float]
    opportunities: int
    variables: int
    sentence: str
    served_loses: tuple[float, float, float] | None = None

    @property
    def cost(self) -> str:
        """What it costs in a sentence that not ``arm`` is registered but the trees; empty where it is not so."""
        if self.served_loses is None:
            return ""
        value, low, high = self.served_loses
        how = "cannot be told apart" if low <= 0 <= high else "clearly worse" if low > 0 else "clearly better"
        also = " Trees that start from the card are registered by start: card." if self.arm == "from_card" else ""
        return (
            f"The trees are what is registered, not {_CALLED[self.arm]}: only LightGBM trees can be served with "
            f"exact reasons. In the backtest they lose {value:+.4f} in log loss beside it (95 % interval "
            f"{low:+.4f} to {high:+.4f}; above 0 they are the worse): {how}.{also}"
        )

    @property
    def events_per_variable(self) -> float:
        """Leads with an opportunity per feature."""
        return self.opportunities / max(1, self.variables)

    def to_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        return asdict(self) | {"events_per_variable": self.events_per_variable}


def recommend(
    arms: Mapping[str, Arm], rows: Rows, weight: np.ndarray, learnt: int, variables: int
) -> Recommendation:
    """Recommend by the pooled log loss of a backtest.

    Of the arms that are behind the best by no more than one standard error of the paired difference, the plainest
    is taken (the one-standard-error rule of Breiman et al. 1984, section 3.4.3, with accounts as the units).

    Parameters
    ----------
    arms
        Each arm's scores of the predicted rows (m,).
    rows, weight
        Those rows, all decided, and what each counts (m,).
    learnt
        Leads with an opportunity in the training rows.
    variables
        Features that the model reads.

    """
    losses = {name: row_losses(np.asarray(arm.probability), rows.label)[0] for name, arm in arms.items()}
    means = {name: float(np.average(loss, weights=weight)) for name, loss in losses.items()}
    best = min(means, key=lambda name: (means[name], plainness(name)))
    behind = {name: means[name] - means[best] for name in arms}
    error = {name: clustered_error(losses[name] - losses[best], weight, rows.cluster) for name in arms}
    tested = len(np.unique(rows.lead[rows.label == 1]))
    alike = [name for name in arms if behind[name] <= error[name]]
    chosen = min(alike, key=plainness)
    too_few = _too_few(learnt, tested, "card" in arms)
    if too_few:
        chosen = "card" if "card" in arms else "constant"
    sentence = too_few or _sentence(chosen, best, behind, error, "card" in arms)
    per_variable = (
        f" {learnt:,} leads with an opportunity to learn from, {learnt / max(1, variables):.1f} for each of "
        f"{variables:,} features that can be read; promote counts them for each group of features "
        "that the trees use."
    )
    return Recommendation(
        chosen,
        best,
        means,
        behind,
        error,
        learnt,
        variables,
        sentence + per_variable,
        _served_loses(chosen, losses, weight, rows),
    )


def _served_loses(
    chosen: str, losses: Mapping[str, np.ndarray], weight: np.ndarray, rows: Rows
) -> tuple[float, float, float] | None:
    """Return how much more log loss the served trees have than the arm chosen, and its 95 % interval."""
    if chosen == SERVED or SERVED not in losses:
        return None
    gap = losses[SERVED] - losses[chosen]
    mean, half = float(np.average(gap, weights=weight)), 1.96 * clustered_error(gap, weight, rows.cluster)
    return mean, mean - half, mean + half


def clustered_error(difference: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> float:
    """Return the standard error of the mean of ``difference`` (m,), accounts being independent and rows not."""
    _, where = np.unique(cluster, return_inverse=True)
    centred = np.bincount(where, weights=weight * (difference - np.average(difference, weights=weight)))
    return float(np.sqrt((centred**2).sum()) / weight.sum())


def _too_few(learnt: int, tested: int, has_card: bool) -> str:
    if learnt >= FEWEST_TO_LEARN and tested >= FEWEST_TO_TEST:
        return ""
    opening = "keep the card" if has_card else "no model yet"
    return (
        f"Recommended: {opening}. There are {learnt} leads with an opportunity to learn from and {tested} in the "
        f"backtest; below {FEWEST_TO_LEARN} and {FEWEST_TO_TEST} a fitted model may as well mislead as help."
    )


_CALLED = {
    "constant": "the base rate",
    "card": "the agreed card",
    "recalibrated": "the agreed card with its total recalibrated",
    "logistic": "logistic regression",
    "lightgbm": "LightGBM with default settings",
    "model": "the model",
    "from_card": "the trees that start from the card",
}


def _sentence(
    chosen: str, best: str, behind: Mapping[str, float], error: Mapping[str, float], has_card: bool
) -> str:
    if chosen == best:
        said = f"Recommended: {_CALLED[chosen]}, best by log loss in the backtest; nothing plainer comes near."
    else:
        said = (
            f"Recommended: {_CALLED[chosen]}, the plainest that cannot be told from the best, {_CALLED[best]}: "
            f"{behind[chosen]:.4f} behind in log loss, standard error {error[chosen]:.4f}."
        )
    if chosen == "constant":
        better = "Nothing is better than it by more than one standard error"
        return f"{said} {better}: {'keep the card' if has_card else 'these data do not show that leads differ'}."
    return said
