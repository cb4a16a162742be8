"""The scoring service beside what the same machine can do at all, in one run: ``python -m benchmarks.service``."""
