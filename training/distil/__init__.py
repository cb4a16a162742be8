"""Distilling: a card of few rules with whole points, learnt from the data, and what is lost against the model."""

from training.distil.distil import distil_card
from training.distil.result import Distilled, DistilledRule

__all__ = ["Distilled", "DistilledRule", "distil_card"]
