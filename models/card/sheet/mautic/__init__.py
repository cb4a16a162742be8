"""Mautic's point actions as rules, and rules as Mautic's point actions."""

from models.card.sheet.mautic.mapping import Mapping, read_mapping
from models.card.sheet.mautic.read import read_mautic
from models.card.sheet.mautic.write import Written, write_mautic

__all__ = ["Mapping", "Written", "read_mapping", "read_mautic", "write_mautic"]
