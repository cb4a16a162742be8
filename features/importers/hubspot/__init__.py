"""A HubSpot export: CSV files of contacts, deals and companies, and the history and event tables beside them."""

from features.importers.hubspot.importer import import_hubspot

__all__ = ["import_hubspot"]
