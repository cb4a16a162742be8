"""What a duel found, as one object: for the terminal, for JSON, for the meeting's paper."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.facts.clock import DAY, format_moment
from models.card import CardScorer
from training.compare.result import plain
from training.duel.capacities import as_deep
from training.duel.cost import ALL_OF_THEM
from training.duel.rounding import show

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from training.compare.ground import Ground
    from training.comparison import Estimate
    from training.duel.arena import Arena
    from training.duel.capacities import CurvePoint
    from training.duel.cost import Cost
    from training.duel.finds import DuelFind
    from training.duel.measures import Measure, Part
    from training.duel.segments import DuelSegment
    from training.duel.side import DuelSide
    from training.duel.weeks import Week


@dataclass(frozen=True)
class Duel:
    """``a`` against ``b``, the present definition, on leads that neither learnt from.

    ``capacity`` is calls a week; ``again_after`` the microseconds after which a lead may be called again, None for
    never. ``whole`` holds the figures over all counted weeks; ``weeks`` every Monday, also those not counted;
    ``segments`` the figures by attribute, grade, channel and campaign; ``curve`` those at other capacities.
    ``only_a`` and ``only_b`` are the leads that only one side found, ``missed`` the best that neither did.
    ``cost`` is what ``b`` costs a quarter, in a sentence; ``by_lot`` the opportunities that calls without any
    order would find; ``notes`` what must be said beside the figures. Intervals are 95 %, over ``replicates``
    resamples of accounts, the picks held fixed.

    ``ground`` and ``arena`` hold the rows, ``a.calls`` and ``b.calls`` every call (:meth:`calls_frame`).
    """

    a: DuelSide
    b: DuelSide
    ground: Ground = field(repr=False)
    arena: Arena = field(repr=False)
    capacity: int
    again_after: int | None
    whole: Part
    weeks: tuple[Week, ...]
    segments: tuple[DuelSegment, ...]
    curve: tuple[CurvePoint, ...]
    only_a: tuple[DuelFind, ...]
    only_b: tuple[DuelFind, ...]
    missed: tuple[DuelFind, ...]
    cost: Cost
    by_lot: float
    notes: tuple[str, ...]
    replicates: int
    seed: int

    @property
    def sentence(self) -> str:
        """What the present definition costs, or that there is no telling, in one sentence with its interval."""
        return self.cost.sentence

    @property
    def measures(self) -> dict[str, Measure]:
        """The figures over all counted weeks, by the names in :data:`training.duel.measures.KINDS`."""
        return self.whole.measures

    @property
    def shared(self) -> dict[str, Estimate]:
        """How many opportunities both, one alone, or neither found, and how many weeks earlier ``a`` called."""
        return self.whole.shared

    @property
    def counted(self) -> tuple[Week, ...]:
        """The weeks whose horizon is over."""
        return tuple(week for week in self.weeks if week.decided)

    @property
    def held(self) -> float:
        """The share of the leads open in counted weeks that the duel holds; the others a side had learnt from."""
        return 1 - self.arena.absent

    @property
    def as_deep(self) -> CurvePoint | None:
        """The curve at as many calls as a team with ``capacity`` calls for all leads makes on these.

        None where the duel holds all leads, or where so many calls reach everybody.
        """
        if self.held > ALL_OF_THEM:
            return None
        calls = as_deep(self.capacity, self.held)
        return next((point for point in self.curve if point.capacity == calls and not point.exhausted), None)

    @property
    def said(self) -> str:
        """Which leads and weeks these are, in a sentence."""
        arena, first, last = self.arena, self.counted[0].monday, self.counted[-1].monday
        return (
            f"{self.capacity:,} calls each Monday from {first} to {last} ({len(self.counted)} weeks) among "
            f"{self.whole.leads:,} leads of {arena.dataset.path} that neither side learnt from; an opportunity "
            f"counts as found if it came within {arena.horizon / DAY:g} days after the call; an earlier call "
            "found nothing."
        )

    def sentences(self) -> list[str]:
        """Return what was found in plain words, the answer first, then what must be said beside it."""
        shared, early = self.shared, self.shared["weeks_earlier"]
        found = (
            f"Of {self.whole.opportunities:,} opportunities both found {shared['both'].value:,.0f}, only "
            f"{self.a.label} {shared['only_a'].value:,.0f}, only {self.b.label} {shared['only_b'].value:,.0f}, "
            f"neither {shared['neither'].value:,.0f}."
        )
        said = [self.sentence, found]
        if np.isfinite(early.low):
            way = "earlier" if early.value >= 0 else "later"
            said.append(
                f"Those that both found {self.a.label} called {abs(early.value):.1f} weeks {way} on average (95 % "
                f"interval of the weeks earlier {show(early.low, 0.1)} to {show(early.high, 0.1)})."
            )
        return [*said, *self.notes]

    @cached_property
    def measures_frame(self) -> pd.DataFrame:
        """One row a measure: the value of both, their difference, each with its interval."""
        return pd.DataFrame([{"measure": name} | _flat(found) for name, found in self.measures.items()])

    @cached_property
    def weeks_frame(self) -> pd.DataFrame:
        """One row a Monday, as :class:`Week`."""
        return pd.DataFrame([asdict(week) for week in self.weeks])

    @cached_property
    def segments_frame(self) -> pd.DataFrame:
        """One row a segment: its counts, and the opportunities found of both with the difference's interval."""
        rows = [
            {"kind": s.kind, "label": s.label, "value": s.value, "standing": s.standing} | _part_row(s.part)
            for s in self.segments
        ]
        return pd.DataFrame(rows)

    @cached_property
    def curve_frame(self) -> pd.DataFrame:
        """One row a capacity: the opportunities found of both with intervals, and the difference's."""
        return pd.DataFrame(
            [
                {"capacity": p.capacity, "exhausted": p.exhausted, "standing": p.standing} | _part_row(p.part)
                for p in self.curve
            ]
        )

    @cached_property
    def finds_frame(self) -> pd.DataFrame:
        """One row a lead that only one side found, or of the best that neither did; ``found_by`` says which."""
        named = ((self.a.label, self.only_a), (self.b.label, self.only_b), ("neither", self.missed))
        rows = []
        for who, finds in named:
            for find in finds:
                row = {"found_by": who} | {k: v for k, v in asdict(find).items() if k not in "ab"}
                for name, view in (("a", find.a), ("b", find.b)):
                    row |= {f"{key}_{name}": value for key, value in asdict(view).items()}
                rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def calls_frame(self) -> pd.DataFrame:
        """Every call of both sides, also of weeks that are not counted.

        ``place`` is that on the Monday's list, ``score`` what the side ranks by; ``found`` tells whether the
        lead's opportunity came within the horizon and the data, ``days_early`` how long after the call.
        """
        arena, frames = self.arena, []
        for side in (self.a, self.b):
            rows = np.flatnonzero(side.calls.called)
            lead, found = arena.lead[rows], arena.found[rows]
            days = np.where(found, arena.deals.created_at[lead] - arena.as_of[rows], 0) / DAY
            columns = {
                "side": side.label,
                "monday": [arena.day(int(week)) for week in arena.week[rows]],
                "decided": arena.counts[rows],
                "lead_id": arena.history.lead_ids[lead],
                "account_id": arena.account_ids(lead),
                "place": side.calls.place[rows],
                "score": side.score[rows],
                "found": found,
                "days_early": np.where(found, days, np.nan),
                "amount": np.where(found, arena.deals.amount[lead], np.nan),
            }
            frames.append(pd.DataFrame(columns).sort_values(["monday", "place"], ignore_index=True))
        return pd.concat(frames, ignore_index=True)

    @property
    def capacity_figure(self) -> Figure:
        """Opportunities found against calls a week, both sides, and their difference with its band."""
        from training.duel.pictures import capacity_figure  # noqa: PLC0415 - it needs this class

        return capacity_figure(self)

    @property
    def weeks_figure(self) -> Figure:
        """Opportunities found so far, Monday by Monday; weeks that do not count are shaded."""
        from training.duel.pictures import weeks_figure  # noqa: PLC0415

        return weeks_figure(self)

    @property
    def shared_figure(self) -> Figure:
        """How many opportunities both, one alone, or neither found, with intervals."""
        from training.duel.pictures import shared_figure  # noqa: PLC0415

        return shared_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain types: what does not exist is None, never NaN."""
        found = {
            "a": _side_dict(self.a),
            "b": _side_dict(self.b),
            "dataset": str(self.arena.dataset.path),
            "observed_until": format_moment(self.arena.dataset.observed_until),
            "horizon_days": self.arena.horizon / DAY,
            "capacity": self.capacity,
            "again_after_days": None if self.again_after is None else self.again_after / DAY,
            "replicates": self.replicates,
            "seed": self.seed,
            "said": self.said,
            "sentence": self.sentence,
            "sentences": self.sentences(),
            "notes": list(self.notes),
            "cost": self.cost.to_dict(),
            "by_lot": self.by_lot,
            "share_of_open_leads": self.held,
            "whole": self.whole.to_dict(),
            "weeks": [asdict(week) for week in self.weeks],
            "segments": [segment.to_dict() for segment in self.segments],
            "curve": [point.to_dict() for point in self.curve],
            "only_a": [find.to_dict() for find in self.only_a],
            "only_b": [find.to_dict() for find in self.only_b],
            "missed": [find.to_dict() for find in self.missed],
        }
        return plain(found)

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)


def _side_dict(side: DuelSide) -> dict[str, Any]:
    own: dict[str, Any] = {"label": side.label, "kind": "card" if side.is_card else "model"}
    if isinstance(side.scorer, CardScorer):
        agreed = side.scorer.card.agreed
        own |= {
            "agreed_on": agreed.on.isoformat(),
            "valid_from": None if agreed.valid_from is None else agreed.valid_from.isoformat(),
            "unbound": [rule.name for rule in side.scorer.unbound],
        }
    return own


def _flat(measure: Measure) -> dict[str, Any]:
    row: dict[str, Any] = {"label": measure.kind.label, "unit": measure.kind.unit}
    for name in ("a", "b", "difference"):
        figure = getattr(measure, name)
        row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    return row | {"standing": measure.standing()}


def _part_row(part: Part) -> dict[str, Any]:
    counts = ("leads", "accounts", "opportunities", "calls_a", "calls_b")
    row = {name: getattr(part, name) for name in counts} | {name: part.shared[name].value for name in part.shared}
    found = part.measures["found"]
    for name in ("a", "b", "difference"):
        figure = getattr(found, name)
        row |= {f"found_{name}": figure.value, f"found_{name}_low": figure.low, f"found_{name}_high": figure.high}
    return row
