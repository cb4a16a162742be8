"""The same 40 windows at the same moments by several engines; see ``python -m benchmarks.features --help``."""
