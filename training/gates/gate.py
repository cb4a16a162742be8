"""One gate's outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: The gates in the order in which they are printed.
NAMES = ("better_or_not_worse", "calibration", "worst_segment", "churn", "leaks", "reasons", "enough_data")


@dataclass(frozen=True)
class Gate:
    """What was seen (``actual``) against what was asked (``threshold``), and the two in a sentence.

    A gate that there was nothing to judge by is ``passed`` and not ``tested``. One that is not ``blocking`` asks
    nothing: it says what somebody who promotes should know.
    """

    name: str
    actual: str
    threshold: str
    passed: bool
    sentence: str
    tested: bool = True
    blocking: bool = True

    @property
    def line(self) -> str:
        """The gate as it is printed: "passed  churn: 12 % against at most 50 %"."""
        if not self.blocking:
            return f"note    {self.name}: {self.actual} and not {self.threshold}"
        outcome = "not tested" if not self.tested else "passed" if self.passed else "FAILED"
        return f"{outcome}  {self.name}: {self.actual} against {self.threshold}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def not_computed(name: str, reason: str) -> Gate:
    """Return a gate that failed because nothing could be computed: what is not known is not passed."""
    return Gate(name, "not computed", "a figure", False, f"Could not be computed: {reason}")
