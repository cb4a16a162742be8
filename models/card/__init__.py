"""The point card that marketing and sales agreed by hand: its format, and its points for any lead."""

from models.card.card import AXES, PointCard, Signature
from models.card.read import MANUAL, check_signature, read_card
from models.card.rule import Rule
from models.card.scorer import CardScorer, bind_card

__all__ = [
    "AXES",
    "MANUAL",
    "CardScorer",
    "PointCard",
    "Rule",
    "Signature",
    "bind_card",
    "check_signature",
    "read_card",
]
