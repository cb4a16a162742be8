"""Campaigns: dated webinars and trade shows, monthly demo requests, and weekly newsletters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.simulation.identifiers import salesforce_ids
from features.simulation.parameters import DAYS, KINDS
from features.simulation.seasons import TRADE_SHOW_DAYS, WEBINAR_DAYS, dates

if TYPE_CHECKING:
    from features.simulation.behaviour import Happenings

#: Editions of one campaign; a lead is a member of one edition once, as Salesforce demands.
EDITIONS = 6
_NAMES = {"webinar": "Webinar", "trade_show": "Trade Show", "demo_request": "Demo Request", "email": "Newsletter"}


def draw_campaigns() -> pd.DataFrame:
    """Return campaign_id (bytes), kind, type, name, day, edition; the same for every market.

    ``type`` is the Salesforce ``Campaign.Type``, ``day`` the market day it starts on.
    """
    when = dates()
    days = {
        "webinar": [day for day in WEBINAR_DAYS if day < DAYS],
        "trade_show": [day for day in TRADE_SHOW_DAYS[::2] if day < DAYS],
        "demo_request": [day for day in range(DAYS) if when[day].day == 1],
        "email": list(range(0, DAYS, 7)),
    }
    frames = [
        pd.DataFrame(
            {"kind": kind, "day": np.repeat(starts, count), "edition": np.tile(np.arange(count), len(starts))}
        )
        for kind, starts in days.items()
        for count in [1 if kind == "email" else EDITIONS]
    ]
    found = pd.concat(frames).sort_values(["day", "kind", "edition"], ignore_index=True)
    found["type"] = found["kind"].map(_NAMES)
    stamp = pd.Series(when[found["day"]].strftime("%Y-%m-%d"))
    found["name"] = found["type"] + " " + stamp + " #" + (found["edition"] + 1).astype(str)
    found["campaign_id"] = salesforce_ids("campaign", len(found))
    return found


def campaign_of_events(events: Happenings, campaigns: pd.DataFrame) -> np.ndarray:
    """Position in ``campaigns`` of each event, -1 for none.

    The n-th event of a lead in one campaign goes to the n-th edition.
    """
    lead, code, moment = events
    chosen = np.full(len(moment), -1, dtype=np.int32)
    kinds = {"webinar": ["webinar"], "trade_show": ["trade_show"], "demo_request": ["demo_request"]}
    kinds["email"] = ["email_open", "email_click"]
    for campaign_kind, event_kinds in kinds.items():
        rows = np.flatnonzero(np.isin(code, [KINDS.index(kind) for kind in event_kinds]))
        offered = campaigns[campaigns["kind"] == campaign_kind]
        first = offered[offered["edition"] == 0]
        days = moment[rows].astype(np.int64)
        running = np.searchsorted(first["day"].to_numpy(), days, side="right") - 1
        edition = _repeats(lead[rows], running) if campaign_kind != "email" else np.zeros(len(rows), np.int64)
        table = offered.sort_values(["day", "edition"]).index.to_numpy().reshape(len(first), -1)
        chosen[rows] = table[running, np.minimum(edition, table.shape[1] - 1)]
    return chosen


def _repeats(lead: np.ndarray, campaign: np.ndarray) -> np.ndarray:
    """Count, for each row, the earlier rows with the same lead and campaign."""
    return pd.DataFrame({"lead": lead, "campaign": campaign}).groupby(["lead", "campaign"]).cumcount().to_numpy()
