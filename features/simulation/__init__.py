"""A simulated B2B market whose true probabilities are known, so that a method can be measured against the best."""

from features.simulation.importing import import_simulated
from features.simulation.market import Market, simulate_market
from features.simulation.parameters import Parameters
from features.simulation.salesforce_export import write_salesforce_export
from features.simulation.truth import true_probability

__all__ = [
    "Market",
    "Parameters",
    "import_simulated",
    "simulate_market",
    "true_probability",
    "write_salesforce_export",
]
