"""What an arm is: a name, what it stands for, how plain it is, and once fitted, a score for any rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from training.comparison import Arm


@dataclass(frozen=True)
class ArmKind:
    """A way of scoring: its name, what it is in a phrase, and what tables add to the name to tell it apart."""

    name: str
    what: str
    added: str = ""


#: How a card's probability is made where its total is recalibrated, as in every comparison with a version.
TOTAL = "total recalibrated"

#: From the plainest on: of arms that cannot be told apart, the one that stands first here is recommended.
ARMS = (
    ArmKind("constant", "everybody gets the base rate"),
    ArmKind("card", "the agreed card: ranked by points, the probability of its grade", "rate by grade"),
    ArmKind("recalibrated", "the agreed card, its total turned into a probability", TOTAL),
    ArmKind("logistic", "logistic regression on the same features"),
    ArmKind("lightgbm", "LightGBM with its own default settings"),
    ArmKind("model", "boosted trees with careful settings, or tuned and bagged"),
    ArmKind("from_card", "boosted trees that start from the card's calibrated log-odds"),
)

_PLACE = {kind.name: place for place, kind in enumerate(ARMS)}


@dataclass(frozen=True)
class FittedArm:
    """An arm that has learnt: ``predict`` takes a mask over the material's rows and scores those rows."""

    name: str
    predict: Callable[[np.ndarray], Arm]


def heading(name: str, between: str = "\n") -> str:
    """Return how tables call an arm, or a scorer of a comparison: a card with where its probability comes from.

    >>> heading("card", ", "), heading("recalibrated", ", "), heading("card mine@12ab34cd", ", "), heading("model")
    ('card, rate by grade', 'card, total recalibrated', 'card mine@12ab34cd, total recalibrated', 'model')
    """
    if name in _PLACE:
        added = ARMS[_PLACE[name]].added
        return f"card{between}{added}" if added else name
    return f"{name}{between}{TOTAL}" if name.startswith("card ") else name


def plainness(name: str) -> int:
    """Return an arm's place in :data:`ARMS`, 0 for the plainest.

    >>> plainness("constant") < plainness("logistic") < plainness("model")
    True
    """
    return _PLACE[name]
