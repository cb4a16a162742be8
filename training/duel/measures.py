"""The figures of a duel: what each side found, how early, for how much, and the difference with its interval."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.stats import norm

from training.bootstrap import expanded_interval
from training.comparison import Estimate
from training.duel.tally import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

_AT = {name: place for place, name in enumerate(COLUMNS)}


@dataclass(frozen=True)
class Kind:
    """One thing that is measured of each side: its name, words for people, unit, which way is better (1, -1)."""

    name: str
    label: str
    unit: Literal["opportunities", "days", "money", "calls", "share"]
    better: int


KINDS = (
    Kind("found", "opportunities found", "opportunities", 1),
    Kind("days_early", "days from first call to opportunity, mean", "days", 1),
    Kind("pipeline", "pipeline value found", "money", 1),
    Kind("revenue", "won revenue found", "money", 1),
    Kind("to_nothing", "calls that came to nothing", "calls", -1),
    Kind("hit_rate", "share of calls that found one", "share", 1),
)
#: What is said of both together.
SHARED = ("both", "only_a", "only_b", "neither", "weeks_earlier")


@dataclass(frozen=True)
class Measure:
    """A figure of both sides and ``a`` minus ``b``, each with its 95 % interval; ``error`` is the difference's.

    NaN where a figure does not exist, as the days of a side that found nothing.
    """

    kind: Kind
    a: Estimate
    b: Estimate
    difference: Estimate
    error: float

    def standing(self, tests: int = 1) -> Literal["better", "worse", "unclear"]:
        """Say whether ``a`` is clearly better or worse when so many differences are looked at (Bonferroni)."""
        gap = self.difference
        if not gap.low * gap.high > 0:
            return "unclear"
        if tests > 1 and not abs(gap.value) > norm.isf(0.025 / tests) * self.error:
            return "unclear"
        return "better" if gap.low * self.kind.better > 0 else "worse"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {"label": self.kind.label, "unit": self.kind.unit, "standing": self.standing()}
        return own | {name: asdict(getattr(self, name)) for name in ("a", "b", "difference")}


@dataclass(frozen=True)
class Part:
    """What came of both sides' calls among some leads: all of them, those of a segment, or at one capacity.

    ``opportunities`` could be found in the counted weeks, and belong to so many ``accounts``; ``calls_*`` were
    made. ``measures`` are by the names of :data:`KINDS`, without money where the data have none. ``shared`` are by
    those of :data:`SHARED`: how many opportunities both, one alone, or neither found, and by how many weeks the
    first side called before the second, on average, those that both found (below 0: after). ``pipeline`` and
    ``revenue`` are of all opportunities that could be found, in the data's own money.
    """

    leads: int
    accounts: int
    opportunities: int
    calls_a: int
    calls_b: int
    pipeline: float
    revenue: float
    measures: dict[str, Measure]
    shared: dict[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        counts = ("leads", "accounts", "opportunities", "calls_a", "calls_b", "pipeline", "revenue")
        own: dict[str, Any] = {name: getattr(self, name) for name in counts}
        own |= {name: measure.to_dict() for name, measure in self.measures.items()}
        return own | {"shared": {name: asdict(figure) for name, figure in self.shared.items()}}


def measure_part(
    value: np.ndarray, draws: np.ndarray, *, leads: int, accounts: int, money: tuple[str, ...]
) -> Part:
    """Make figures of a group's sums: ``value`` (columns,), ``draws`` (replicates, columns); see :class:`Part`.

    ``money`` names which of pipeline and revenue the data can speak of.
    """
    measures = {}
    for kind in KINDS:
        if kind.unit == "money" and kind.name not in money:
            continue
        found = [_side(kind.name, side, value, value) for side in "ab"]
        drawn = [_side(kind.name, side, draws, value) for side in "ab"]
        gap = drawn[0] - drawn[1]
        enough = np.isfinite(gap).sum() > 1
        measures[kind.name] = Measure(
            kind,
            _estimate(found[0], drawn[0], accounts),
            _estimate(found[1], drawn[1], accounts),
            _estimate(found[0] - found[1], gap, accounts),
            float(np.nanstd(gap)) if enough else float("nan"),
        )
    get = _getter(value)
    return Part(
        leads=leads,
        accounts=accounts,
        opportunities=round(float(get("opportunities"))),
        calls_a=round(float(get("calls_a"))),
        calls_b=round(float(get("calls_b"))),
        pipeline=float(get("pipeline")),
        revenue=float(get("revenue")),
        measures=measures,
        shared={name: _estimate(_shared(name, value), _shared(name, draws), accounts) for name in SHARED},
    )


def _getter(sums: np.ndarray) -> Callable[[str], np.ndarray]:
    return lambda name: sums[..., _AT[name]]


def _side(name: str, side: str, sums: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return one figure of one side; ``made`` (columns,) are the sums of what was really done.

    A team makes as many calls as it can whatever the accounts are, so that what comes to nothing is their share
    in the accounts drawn, of the calls really made.
    """
    get = _getter(sums)
    if name == "days_early":
        return _ratio(get(f"days_{side}"), get(f"found_{side}"))
    if name == "to_nothing":
        calls = _getter(made)(f"calls_{side}")
        return (
            calls * _ratio(get(f"nothing_{side}"), get(f"calls_{side}")) if calls else 0.0 * get(f"calls_{side}")
        )
    if name == "hit_rate":
        return 1.0 - _ratio(get(f"nothing_{side}"), get(f"calls_{side}"))
    return get(f"{name}_{side}")


def _shared(name: str, sums: np.ndarray) -> np.ndarray:
    get = _getter(sums)
    return _ratio(get("weeks_earlier"), get("both")) if name == "weeks_earlier" else get(name)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _estimate(value: np.ndarray, draws: np.ndarray, accounts: int) -> Estimate:
    low, high = expanded_interval(draws, accounts)
    return Estimate(float(value), float(low), float(high))
