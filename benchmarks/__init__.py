"""Measurements, each a ratio side by side in one run."""

import os

# As under the command itself: LightGBM's threads that wait should sleep, or a busy machine stretches every fit.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
