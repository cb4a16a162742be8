"""A simulated B2B market whose true probabilities are known, so that a method can be measured against the best."""

from features.simulation.importing import import_simulated
from features.simulation.market import Market, simulate_market
from features.simulation.parameters import Parameters

__all__ = ["Market", "Parameters", "import_simulated", "simulate_market"]
