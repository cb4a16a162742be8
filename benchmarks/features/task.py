"""The task: ten kinds of events, three moments a lead, counts in three windows and days since the last event.

Standard library only, since engines that need an environment of their own import it too.
"""

from __future__ import annotations

KINDS = tuple(f"kind_{i}" for i in range(10))
WINDOWS = (7, 30, 90)
DAY = 86_400_000_000
#: 2025-01-01 in microseconds since 1970 UTC.
START = 1_735_689_600_000_000
PERIOD = 365 * DAY
EVENTS_A_LEAD = 50
#: Days after the start at which every lead is looked at.
MOMENTS = (120, 240, 350)
#: Columns in the order kind by kind: the three counts, then the days since the last.
COLUMNS = tuple(
    f"{kind}_{what}" for kind in KINDS for what in (*(f"count_{days}d" for days in WINDOWS), "days_since_last")
)
