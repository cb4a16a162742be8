"""How a contact's lifecycle stage and lead status go in a HubSpot account, with moves back that clear dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.simulation.hubspot_text import floored
from features.simulation.parameters import DAYS

if TYPE_CHECKING:
    from features.simulation.market import Market

#: A stage that this account made itself has a number for its name.
RECYCLED = "94944581"
STAGES = ("lead", "salesqualifiedlead", "opportunity", "customer", RECYCLED)
_BACK_AFTER_LOSS = 0.35
_MARKED_WITHOUT_DEAL = 0.03

#: What the account's own names mean, as its people would write it down for the import.
STAGES_YAML = f"""# What the stages, statuses and forms of this account mean: import hubspot DIR --stages FILE
version: 1
lifecyclestage:
  lead: nothing
  salesqualifiedlead: accepted
  opportunity: nothing        # the deal says it, and when
  customer: nothing
  {RECYCLED}: recycled          # the account's own stage, Recycled
hs_lead_status:
  NEW: nothing
  IN_PROGRESS: nothing
  UNQUALIFIED: rejected
  CONNECTED: accepted         # taken over by sales only once there was a deal
forms:
  "Whitepaper: Planning guide": content_download
  Newsletter: form_submit
  Request a demo: demo_request
  Webinar registration: webinar
  Trade show scan: trade_show
"""


@dataclass(frozen=True)
class StageHistory:
    """``rows``: lead, name, value, moment, in order. ``dates``: per stage a moment per lead, NaN where blank.

    ``stage`` and ``status`` are the values on the day of export.
    """

    rows: pd.DataFrame
    dates: dict[str, np.ndarray]
    stage: np.ndarray
    status: np.ndarray


def draw_stages(market: Market) -> StageHistory:
    """Draw the stages of every contact from what sales said of it and what became of it."""
    count = len(market.people.created)
    stage = pd.concat(_stage_changes(market), ignore_index=True).assign(name="lifecyclestage")
    status = pd.concat(_status_changes(market), ignore_index=True).assign(name="hs_lead_status")
    rows = pd.concat([stage, status], ignore_index=True)
    rows = rows[rows["moment"].to_numpy() < DAYS]
    rows = rows.sort_values(["lead", "moment", "name"], kind="stable", ignore_index=True)
    stages, statuses = (rows[rows["name"] == name] for name in ("lifecyclestage", "hs_lead_status"))
    stage_now, status_now = (
        part.groupby("lead")["value"].last().reindex(np.arange(count)).to_numpy() for part in (stages, statuses)
    )
    return StageHistory(rows, _dates(stages, count), stage_now, status_now)


def _changes(lead: object, value: object, moment: object) -> pd.DataFrame:
    lead = np.asarray(lead)
    frame = pd.DataFrame({"lead": lead, "value": value})
    return frame.assign(moment=np.broadcast_to(np.asarray(moment, dtype=np.float64), lead.shape))


def _stage_changes(market: Market) -> list[pd.DataFrame]:
    generator = np.random.default_rng([market.seed, 21])
    said, deals, created = market.verdicts, market.deals, market.people.created
    first = market.opportunity[said["lead"].to_numpy()]
    accepted = ((said["verdict"] == "accepted") & (said["at"].to_numpy() < first)).to_numpy()
    recycled = (said["verdict"] == "recycled").to_numpy()
    won = deals["won"].fillna(value=False).to_numpy(dtype=bool)
    lost = (~won & deals["closed"].notna().to_numpy()) & (generator.random(len(deals)) < _BACK_AFTER_LOSS)
    # Somebody in sales sets the stage by hand, and no deal ever follows.
    alone = accepted & ~np.isfinite(first) & (generator.random(len(said)) < _MARKED_WITHOUT_DEAL)
    by_hand = floored(said["at"].to_numpy() + generator.exponential(10.0, len(said)))
    return [
        _changes(np.arange(len(created)), "lead", created),
        _changes(said["lead"][accepted], "salesqualifiedlead", said["at"][accepted]),
        _changes(said["lead"][recycled], RECYCLED, said["at"][recycled]),
        _changes(said["lead"][alone], "opportunity", by_hand[alone]),
        _changes(deals["lead"], "opportunity", deals["at"]),
        _changes(deals["lead"][won], "customer", deals["closed"][won]),
        _changes(deals["lead"][lost], "lead", deals["closed"][lost]),
    ]


def _status_changes(market: Market) -> list[pd.DataFrame]:
    said, created = market.verdicts, market.people.created
    late = said["at"].to_numpy() >= market.opportunity[said["lead"].to_numpy()]
    accepted, rejected = (said["verdict"] == "accepted").to_numpy(), (said["verdict"] == "rejected").to_numpy()
    return [
        _changes(np.arange(len(created)), "NEW", created),
        _changes(said["lead"][accepted & ~late], "IN_PROGRESS", said["at"][accepted & ~late]),
        _changes(said["lead"][accepted & late], "CONNECTED", said["at"][accepted & late]),
        _changes(said["lead"][rejected], "UNQUALIFIED", said["at"][rejected]),
    ]


def _dates(stages: pd.DataFrame, count: int) -> dict[str, np.ndarray]:
    """Return when each stage was reached; a move back clears the dates of the stages that lie further on."""
    order = {value: place for place, value in enumerate(("lead", RECYCLED, *STAGES[1:4]))}
    place = stages["value"].map(order).to_numpy()
    lead, moment = stages["lead"].to_numpy(), stages["moment"].to_numpy()
    now = np.zeros(count, dtype=np.int64)
    now[lead] = place
    dates = {}
    for value in STAGES[:4]:
        reached = place == order[value]
        at = np.full(count, np.nan)
        at[lead[reached]] = moment[reached]
        dates[value] = np.where(now >= order[value], at, np.nan)
    return dates
