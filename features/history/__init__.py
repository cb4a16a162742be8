"""The columnar, sorted history that the compiled plan runs over: many leads of a dataset, or one of a request."""

from features.history.arrays import NEVER, HistoryArrays, Versions
from features.history.from_tables import read_history
from features.history.history import History

__all__ = ["NEVER", "History", "HistoryArrays", "Versions", "read_history"]
