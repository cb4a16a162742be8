"""How fast opportunities come after a lead is looked at, and which horizon that speaks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.maturity import DAYS, kaplan_meier
from features.facts.clock import DAY

if TYPE_CHECKING:
    from training.rows import Rows

#: A horizon that sees this share of the opportunities that will come is long enough.
LONG_ENOUGH = 0.8

#: A horizon needs so many times its length before the held-out period: to learn, to calibrate, and the gap.
_ROOM = 3

#: Beyond the day to which fewer than this share of the leads could be watched, the curve is noise.
_WATCHED = 0.1


@dataclass(frozen=True)
class Maturity:
    """The share of a cohort's eventual opportunities seen by each day after the first look at a lead.

    ``curve`` (days,) is the share of leads with an opportunity by the end of each day, as Kaplan and Meier (1958)
    estimate it from leads watched for different lengths of time, until ``watched`` days; ``shares`` is that
    relative to its last value, for some days. ``undecided`` is the share of rows that the horizon leaves so,
    ``span`` how many days there were in all.
    """

    curve: tuple[float, ...]
    shares: dict[int, float]
    watched: int
    span: float
    horizon: float
    seen_by_horizon: float
    undecided: float

    @property
    def eventual(self) -> float:
        """Share of leads with an opportunity by the last day that was watched well."""
        return self.curve[-1] if self.curve else 0.0

    @property
    def advised(self) -> int | None:
        """The shortest of the usual horizons, in days, that sees enough; None where even the longest does not."""
        return next((day for day, share in self.shares.items() if share >= LONG_ENOUGH), None)

    def sentences(self) -> list[str]:
        """Return what the curve says of the horizon, in plain sentences."""
        if not self.eventual:
            return []
        seen = ", ".join(f"{share:.0%} by day {day}" for day, share in self.shares.items())
        lines = [f"Of the opportunities that come within {self.watched} days of the first look: {seen}."]
        if self.advised is None:
            return lines
        own = f"the horizon of {self.horizon:g} days sees {self.seen_by_horizon:.0%} of them"
        if self.seen_by_horizon < LONG_ENOUGH and self.advised > self.horizon:
            longer = f"{self.advised} days would see {self.shares[self.advised]:.0%}"
            if self.advised * _ROOM > self.span:
                lines.append(
                    f"Advice: {own}; {longer}, and need a longer history than these {self.span:.0f} days."
                )
            else:
                lines.append(f"Advice: {own}; {longer}.")
        elif self.advised < self.horizon:
            lines.append(
                f"Advice: {own} and leaves {self.undecided:.0%} of the rows undecided; {self.advised} days would "
                f"see {self.shares[self.advised]:.0%} and wait less."
            )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        return asdict(self) | {"eventual": self.eventual, "advised": self.advised}


def measure_maturity(rows: Rows, known_until: int, horizon: int) -> Maturity:
    """Measure on each lead's first row before ``known_until``, with what was known then; microseconds."""
    before = np.flatnonzero(rows.as_of < known_until)
    _, first = np.unique(rows.lead[before], return_index=True)
    chosen = before[first]
    as_of, outcome = rows.as_of[chosen], rows.outcome[chosen]
    came = (outcome >= 0) & (outcome < known_until)
    day = ((np.where(came, outcome, known_until) - as_of) // DAY).astype(np.int64)
    length = int(day.max(initial=0)) + 1
    events = np.bincount(day[came], minlength=length).astype(np.float64)
    censored = np.bincount(day[~came], minlength=length).astype(np.float64)
    curve = kaplan_meier(events, censored)
    # By how long leads could be watched and not by how long they were: having converted is no reason to stop.
    span = np.sort((known_until - as_of) // DAY)
    trusted = max(1, int(span[int(len(span) * (1 - _WATCHED))])) if len(span) else 1
    curve = curve[:trusted]
    eventual = float(curve[-1]) if len(curve) else 0.0
    days = horizon / DAY

    def share(until: float) -> float:
        return float(curve[min(max(int(until), 1), len(curve)) - 1] / eventual) if eventual else 0.0

    return Maturity(
        curve=tuple(float(value) for value in curve),
        shares={number: share(number) for number in DAYS if number <= trusted},
        watched=trusted,
        span=float((known_until - as_of.min()) / DAY) if len(as_of) else 0.0,
        horizon=days,
        seen_by_horizon=share(days),
        undecided=float((rows.as_of[before] + horizon > known_until).mean()) if len(before) else 0.0,
    )
