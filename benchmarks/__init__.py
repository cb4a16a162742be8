"""Measurements, each a ratio side by side in one run."""
