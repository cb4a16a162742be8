"""What the launcher hands to the workers through the environment, and an operator may set himself."""

from __future__ import annotations

import time

#: Where the registry is, as MLflow's tracking URI.
TRACKING_URI = "LEADQUALITY_TRACKING_URI"
#: Version or alias to serve; the launcher resolves the champion's version.
MODEL_VERSION = "LEADQUALITY_MODEL_VERSION"
#: Number of worker processes.
WORKERS = "LEADQUALITY_WORKERS"


def now() -> int:
    """Return the clock's time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
