"""Cards as the spreadsheets that teams keep, CSV and XLSX, and as Mautic's points: docs/card_sheets.md."""

from models.card.sheet.faults import Fault, Note, Place
from models.card.sheet.mautic import read_mapping, read_mautic, write_mautic
from models.card.sheet.phrases import SHIPPED, Phrases, read_phrases
from models.card.sheet.read import read_sheet
from models.card.sheet.reading import Found, Reading
from models.card.sheet.write import write_sheet

__all__ = [
    "SHIPPED",
    "Fault",
    "Found",
    "Note",
    "Phrases",
    "Place",
    "Reading",
    "read_mapping",
    "read_mautic",
    "read_phrases",
    "read_sheet",
    "write_mautic",
    "write_sheet",
]
