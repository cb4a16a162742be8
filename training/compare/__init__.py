"""Two scorers on rows that neither learnt from: who is better, for whom, when, and what would change."""

from training.compare.compare import compare_scorers, compare_sides
from training.compare.ground import Ground, find_ground
from training.compare.names import dataset_path, is_card
from training.compare.result import Compared
from training.compare.side import BaseRate, Side, take_side

__all__ = [
    "BaseRate",
    "Compared",
    "Ground",
    "Side",
    "compare_scorers",
    "compare_sides",
    "dataset_path",
    "find_ground",
    "is_card",
    "take_side",
]
