"""Gates that a version must pass to become the champion, each told as the actual figure against its threshold."""

from training.gates.check import check_gates
from training.gates.gate import Gate
from training.gates.thresholds import Thresholds, read_thresholds

__all__ = ["Gate", "Thresholds", "check_gates", "read_thresholds"]
