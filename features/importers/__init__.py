"""Importers: from the files that a CRM or a data set really comes in to the five tables."""

from features.importers.hubspot import import_hubspot
from features.importers.marketo import import_marketo
from features.importers.salesforce import import_salesforce
from features.importers.tables import import_tables

__all__ = ["import_hubspot", "import_marketo", "import_salesforce", "import_tables"]
