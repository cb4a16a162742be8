"""The callers' own bodies, read as facts of leads by mappings."""
