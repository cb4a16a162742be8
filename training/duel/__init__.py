"""The agreed card and a model, each calling the team's capacity week by week on leads that neither learnt from."""

from training.duel.arena import Arena, open_arena
from training.duel.calls import parse_capacity
from training.duel.cost import Cost
from training.duel.finds import DuelFind, View
from training.duel.hold import fight, hold_duel
from training.duel.measures import KINDS, SHARED, Measure, Part
from training.duel.result import Duel
from training.duel.segments import DuelSegment
from training.duel.side import DuelSide
from training.duel.weeks import Week

__all__ = [
    "KINDS",
    "SHARED",
    "Arena",
    "Cost",
    "Duel",
    "DuelFind",
    "DuelSegment",
    "DuelSide",
    "Measure",
    "Part",
    "View",
    "Week",
    "fight",
    "hold_duel",
    "open_arena",
    "parse_capacity",
]
