"""Every fault of a card at once, each with line, column and what to do.

Three layers: the text (``tree``), each key on its own (``draft``, ``wording``), and what it means (``agreement``,
``between_rules``, ``reach``, and ``against_data`` where there are data).
"""

from models.card.check.check import check_card
from models.card.check.fault import Fault, errors_in

__all__ = ["Fault", "check_card", "errors_in"]
