"""From contributions to plain sentences: what was seen, and what it added on the card's own scale."""

from models.reasons.choose import reasons_for, reasons_of
from models.reasons.describe import describe
from models.reasons.left_out import LEFT_OUT, LeftOut
from models.reasons.reason import LONGEST, MOST_REASONS, Reason

__all__ = [
    "LEFT_OUT",
    "LONGEST",
    "MOST_REASONS",
    "LeftOut",
    "Reason",
    "describe",
    "reasons_for",
    "reasons_of",
]
