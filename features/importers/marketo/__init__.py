"""A Marketo export: lead and activity CSVs of the bulk extract, the types file, opportunities and their roles."""

from features.importers.marketo.importer import import_marketo

__all__ = ["import_marketo"]
