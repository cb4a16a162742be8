"""A Salesforce export: the CSV files that Data Loader writes."""

from features.importers.salesforce.importer import import_salesforce

__all__ = ["import_salesforce"]
