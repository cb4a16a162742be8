"""What the launcher hands to the workers through the environment, and an operator may set himself."""

from __future__ import annotations

import time

#: Where the registry is, as MLflow's tracking URI.
TRACKING_URI = "LEADQUALITY_TRACKING_URI"
#: Version or alias to serve; the launcher resolves the champion's version.
MODEL_VERSION = "LEADQUALITY_MODEL_VERSION"
#: Number of worker processes.
WORKERS = "LEADQUALITY_WORKERS"


#: The ledger's address; without one nothing is kept.
LEDGER = "LEADQUALITY_LEDGER"
#: "power" or "process": what an acknowledged write outlives.
DURABILITY = "LEADQUALITY_DURABILITY"
#: "1" where every request needs a key, even while there is none.
KEYS_REQUIRED = "LEADQUALITY_KEYS_REQUIRED"
#: Requests a minute that a key may make which has no limit of its own; no limit where it is not set.
PER_MINUTE = "LEADQUALITY_PER_MINUTE"


def now() -> int:
    """Return the clock's time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
