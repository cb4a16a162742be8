"""What every test may use."""

from __future__ import annotations

import os

# Kernels compile once per checkout, not once per test process.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Threads of LightGBM that wait should sleep, as under the command itself: spinning ones starve the other worker.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

pytest_plugins = ["tests.fixtures"]
