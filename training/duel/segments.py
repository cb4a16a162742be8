"""For whom: what leads are sorted by, each lead once, as it was known on its first counted Monday."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from features.levels import learn_levels
from features.plan import compile_plan
from models.scorer import GRADES
from training.compare.segments import OTHERS, SHOWN, UNKNOWN, segment_features
from training.duel.side import DuelSide, matrix_of

if TYPE_CHECKING:
    from training.compare.ground import Ground
    from training.duel.arena import Arena
    from training.duel.measures import Part

#: So many campaigns are looked at by themselves.
CAMPAIGNS = 8
NO_CAMPAIGN = "none"
CHANNEL = "channel of the first touch"
CAMPAIGN = "campaign of the first touch"


@dataclass(frozen=True)
class Sorting:
    """One thing that leads are sorted by: its ``label``, the names of its ``values``, and each lead's (leads,).

    ``kind`` says what sort of thing it is; ``code`` is -1 for a lead that is not sorted.
    """

    kind: Literal["attribute", "grade", "channel", "campaign"]
    label: str
    values: list[str]
    code: np.ndarray


@dataclass(frozen=True)
class DuelSegment:
    """The leads that have a value on their first counted Monday, and what came of calls among them.

    ``tests`` is how many segments are looked at together. Of a grade it must be kept in mind that a side calls
    where its own grades are high, so that it finds more there and less below.
    """

    kind: Literal["attribute", "grade", "channel", "campaign"]
    label: str
    value: str
    part: Part
    tests: int

    @property
    def name(self) -> str:
        """As a table names it."""
        return f"{self.label}: {self.value}"

    @property
    def standing(self) -> Literal["better", "worse", "unclear"]:
        """Whether the first side finds clearly more or fewer opportunities, all segments taken together."""
        return self.part.measures["found"].standing(self.tests)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {"kind": self.kind, "label": self.label, "value": self.value, "standing": self.standing}
        return own | self.part.to_dict()


def sort_leads(ground: Ground, arena: Arena, a: DuelSide, b: DuelSide) -> list[Sorting]:
    """Sort the leads by attributes of few values, both sides' grades, the first touch's channel and campaign."""
    leads = np.flatnonzero(arena.first_row >= 0)
    rows = arena.first_row[leads]
    found = _by_features(ground, arena, leads, rows)
    for side in (b, a):
        place = {grade: number for number, grade in enumerate(GRADES)}
        code = np.array([place[str(grade)] for grade in side.scorer.grades(matrix_of(side.scorer, arena, rows))])
        found.append(_sorting("grade", f"grade by {side.label}", list(GRADES), code, leads, arena))
    campaigns = _by_campaign(ground, arena, leads, rows)
    return [sorting for sorting in (*found, campaigns) if sorting is not None and len(sorting.values) > 1]


def _by_features(ground: Ground, arena: Arena, leads: np.ndarray, rows: np.ndarray) -> list[Sorting]:
    wanted = segment_features(ground.profile, ground.avoided)
    if not wanted.features:
        return []
    history, as_of = arena.history, arena.as_of[rows]
    fitted = learn_levels(wanted, history, leads, as_of, rare=0.0, most=None)
    matrix = compile_plan(fitted, history.kinds, history.observed_from).run(history, leads, as_of)
    found = []
    for column, feature in zip(matrix.T, fitted.features, strict=True):
        top = list(feature.levels[:SHOWN])
        code = np.where(np.isnan(column), len(top) + 1, np.minimum(column, len(top))).astype(np.int64)
        kind: Literal["channel", "attribute"] = "channel" if feature.name == "first_channel" else "attribute"
        found.append(_sorting(kind, feature.label, [*top, OTHERS, UNKNOWN], code, leads, arena))
    return found


def _by_campaign(ground: Ground, arena: Arena, leads: np.ndarray, rows: np.ndarray) -> Sorting | None:
    """Sort by the campaign of each lead's first event known by then that has one; the commonest by themselves."""
    history = arena.history
    arrays = history.arrays
    if not history.campaigns or len(arrays.event_campaign) != len(arrays.event_at):
        return None
    shunned = [i for i, kind in enumerate(history.kinds) if f"events.{kind}" in ground.avoided]
    owner = np.repeat(np.arange(len(arena.cluster)), np.diff(arrays.lead_start))
    until = np.zeros(len(arena.cluster), np.int64)
    until[leads] = arena.as_of[rows]
    usable = (arrays.event_campaign >= 0) & (arrays.event_at < until[owner]) & (arrays.event_known < until[owner])
    usable &= ~np.isin(arrays.event_kind, shunned)
    events = np.flatnonzero(usable)[::-1]
    campaign = np.full(len(arena.cluster), -1, np.int64)
    campaign[owner[events]] = arrays.event_campaign[events]
    own = campaign[leads]
    counts = np.bincount(own[own >= 0], minlength=len(history.campaigns))
    top = [int(i) for i in np.argsort(-counts, kind="stable")[:CAMPAIGNS] if counts[i]]
    code = np.full(len(leads), len(top), np.int64)
    for number, one in enumerate(top):
        code[own == one] = number
    code[own < 0] = len(top) + 1
    names = [str(history.campaigns[i]) for i in top]
    return _sorting("campaign", CAMPAIGN, [*names, "all other campaigns", NO_CAMPAIGN], code, leads, arena)


def _sorting(
    kind: Literal["attribute", "grade", "channel", "campaign"],
    label: str,
    names: list[str],
    code: np.ndarray,
    leads: np.ndarray,
    arena: Arena,
) -> Sorting:
    """Leave out values that no lead has."""
    present = np.unique(code)
    every = np.full(len(arena.cluster), -1, np.int64)
    every[leads] = np.searchsorted(present, code)
    return Sorting(kind, label, [names[i] for i in present], every)
