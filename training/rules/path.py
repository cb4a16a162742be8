"""From the agreed card by the fewest changes: other points for one rule, two, three, and what each step gains."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from training.comparison import Estimate
from training.rules.points import changed_card
from training.rules.verdict import finite, span_of, whole

if TYPE_CHECKING:
    from models.card import PointCard


@dataclass(frozen=True)
class Change:
    """Other points for one rule: ``before`` agreed, ``after`` proposed; 0 takes the rule out.

    ``worth`` is its worth in points with an interval that speaks for all rules, as if no cap were. ``p_value`` is
    that of the test that the agreed points are right, the other changed rules being free, made to hold for all
    rules together (:func:`training.rules.select.holm`).
    """

    rule: str
    before: int
    after: int
    each: bool
    worth: Estimate
    p_value: float

    @property
    def turns(self) -> bool:
        """Whether the agreed sign turns."""
        return self.before * self.after < 0

    @property
    def sentence(self) -> str:
        """Return the change as a person would say it."""
        per = " each time" if self.each else ""
        said = f"worth {whole(self.worth.value)}, {span_of(self.worth)}"
        if not self.after:
            return f"Take out {self.rule} (now {whole(self.before)} points{per}; {said})."
        sign = " The sign turns: the evidence lies wholly on the other side of 0." if self.turns else ""
        return f"{self.rule}: {whole(self.before)} → {whole(self.after)} points{per} ({said}).{sign}"


@dataclass(frozen=True)
class Step:
    """The card after one change more.

    ``log_loss`` is on the rows learnt from, ``gain`` what this step takes off it. ``held`` is what it gains on
    the held-out rows, ``held_in_all`` what all changes so far gain over the agreed card, ``found`` the
    opportunities that they find more at capacity. ``qualified`` is the share of held-out leads that qualify. All
    are None where there are no held-out rows.
    """

    change: Change
    log_loss: float
    gain: float
    held: Estimate | None
    held_in_all: Estimate | None
    found: Estimate | None
    qualified: float | None


@dataclass(frozen=True)
class RefitPath:
    """A path of proposed changes, the most gainful first; each step keeps those before it.

    ``steps`` is empty where no change can be told from chance. ``further`` are those that would come next, up to
    three in all: likely, but these leads cannot tell them from chance, so nothing proposes them. ``log_loss``
    and ``qualified`` are those of the agreed card, ``unit`` the step that points are multiples of,
    ``log_odds_per_point`` the scale.
    """

    card: PointCard
    unit: int
    log_odds_per_point: float
    log_loss: float
    qualified: float | None
    n_leads: int
    n_opportunities: int
    steps: tuple[Step, ...]
    further: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes in the order of the path."""
        return tuple(step.change for step in self.steps)

    def refitted(self, changes: int | None = None, on: dt.date | None = None) -> PointCard:
        """Return the card after so many changes (all where nothing is said), ready to be signed.

        It replaces the agreed card by label, its note says what changed and why, and nobody has signed it.

        Raises
        ------
        ValueError
            The path has no step, or fewer than ``changes``.

        """
        number = len(self.steps) if changes is None else changes
        if not 1 <= number <= len(self.steps):
            raise ValueError(f"the path has {len(self.steps)} steps, so there is no card after {number}")
        chosen = self.steps[:number]
        points = {step.change.rule: step.change.after for step in chosen}
        agreed = {"on": str(on or dt.datetime.now(dt.UTC).date()), "valid_from": None, "note": self._note(chosen)}
        return changed_card(self.card, points, agreed)

    def _note(self, chosen: tuple[Step, ...]) -> str:
        said = " ".join(step.change.sentence for step in chosen)
        gain = chosen[-1].held_in_all
        held = ""
        if gain is not None:
            held = f" On held-out leads log loss falls by {gain.value:.4f} ({gain.low:.4f} to {gain.high:.4f})."
        return (
            f"Proposed from what became of {self.n_leads:,} leads, {self.n_opportunities:,} of them with an "
            f"opportunity. {said}{held}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a step."""
        nothing = Estimate(np.nan, np.nan, np.nan)
        lines = []
        for number, step in enumerate(self.steps, 1):
            change = step.change
            line: dict[str, Any] = {"step": number}
            line |= {"rule": change.rule, "before": change.before, "after": change.after}
            line |= {"p_value": change.p_value, "log_loss": step.log_loss, "gain": step.gain}
            for name, figure in (("held", step.held), ("held_in_all", step.held_in_all), ("found", step.found)):
                one = figure or nothing
                line |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
            lines.append(line | {"qualified": step.qualified})
        return pd.DataFrame(lines)

    def sentences(self) -> list[str]:
        """Return the path as sentences, one a step, and the notes."""
        said = [f"{i}. {step.change.sentence}" for i, step in enumerate(self.steps, 1)]
        if not self.steps:
            said = [f"No change of {self.card.label} can be told from chance: leave the points as they are."]
        if self.further:
            likely = " ".join(step.change.sentence for step in self.further)
            said.append(f"Would come next, but cannot yet be told from chance: {likely}")
        return [*said, *self.notes]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        steps, further = (
            [
                {**asdict(step), "change": {**asdict(step.change), "sentence": step.change.sentence}}
                for step in path
            ]
            for path in (self.steps, self.further)
        )
        return finite(
            {
                "card": self.card.label,
                "unit": self.unit,
                "log_odds_per_point": self.log_odds_per_point,
                "log_loss": self.log_loss,
                "qualified": self.qualified,
                "leads": self.n_leads,
                "opportunities": self.n_opportunities,
                "steps": steps,
                "further": further,
                "notes": list(self.notes),
            }
        )
