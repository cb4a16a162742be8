"""Filling the ledger from a dataset, and scoring all leads that it knows."""
