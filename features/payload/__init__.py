"""One lead as a scoring request tells it: what it says, and reading it."""

from features.payload.lead import read_lead
from features.payload.lead_facts import Colleague, Deal, Event, LeadFacts, Version, Vocabulary
from features.payload.values import LONGEST_ID, LONGEST_VALUE

__all__ = [
    "LONGEST_ID",
    "LONGEST_VALUE",
    "Colleague",
    "Deal",
    "Event",
    "LeadFacts",
    "Version",
    "Vocabulary",
    "read_lead",
]
