"""Any CSV or Parquet files, by a mapping in YAML."""

from features.importers.tables.importer import import_tables

__all__ = ["import_tables"]
