"""Task, Event, Campaign and CampaignMember of a Salesforce export, moved to the contact on conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.simulation.export_text import chosen, days, flags, ids_at, stamps, texts
from features.simulation.identifiers import as_text, salesforce_ids
from features.simulation.parameters import DAYS, KINDS
from features.simulation.tables import call_seconds, event_ids

if TYPE_CHECKING:
    from features.simulation.export_conversions import Conversions
    from features.simulation.market import Market

_TYPES = tuple(kind.replace("_", " ").title() for kind in KINDS)
_MEETING, _CALL, _EMAIL = KINDS.index("meeting"), KINDS.index("call"), KINDS.index("email")
_WEBINAR, _TRADE_SHOW, _DEMO = (KINDS.index(kind) for kind in ("webinar", "trade_show", "demo_request"))
_OWNERS = tuple(owner.decode() for owner in salesforce_ids("user", 5))
_OPEN_TASKS = 0.05


def activity_tables(market: Market, conversions: Conversions) -> dict[str, pa.Table]:
    """Task.csv, Event.csv, Campaign.csv and CampaignMember.csv."""
    kind, ids = market.events.kind, event_ids(market)
    member = np.isin(kind, (_WEBINAR, _TRADE_SHOW, _DEMO))
    meeting = kind == _MEETING
    done = _tasks(market, conversions, np.flatnonzero(~member & ~meeting), ids)
    return {
        "Task": pa.concat_tables([done, _open_tasks(market, conversions, done.num_rows)]),
        "Event": _events(market, conversions, np.flatnonzero(meeting), ids),
        "Campaign": _campaigns(market),
        "CampaignMember": _members(market, conversions, np.flatnonzero(member), ids),
    }


def _who(market: Market, conversions: Conversions, lead: np.ndarray) -> pa.Array:
    """Return the lead, or its contact once it has converted: also for what was done before."""
    both = np.concatenate([market.lead_ids, conversions.contact_ids])
    return ids_at(both, np.where(conversions.converted[lead], lead + len(market.lead_ids), lead))


def _what(market: Market, conversions: Conversions, lead: np.ndarray) -> pa.Array:
    deal = np.maximum(conversions.deal, conversions.attached)[lead]
    return ids_at(salesforce_ids("opportunity", max(len(market.deals), 1)), deal)


def _tasks(market: Market, conversions: Conversions, rows: np.ndarray, ids: np.ndarray) -> pa.Table:
    """Finished tasks: what the marketing automation logged, and the calls and e-mails of sales."""
    lead, kind, at = market.events.lead[rows], market.events.kind[rows], market.events.at[rows]
    moment = stamps(at)
    call = kind == _CALL
    # A call was due some days around the one on which it was made.
    due = at + np.where(
        call | (kind == _EMAIL), np.random.default_rng([market.seed, 4]).integers(-2, 8, len(at)), 0
    )
    subtype = np.where(call, 0, np.where(kind == _EMAIL, 1, 2))
    return pa.table(
        {
            "Id": ids_at(ids, rows),
            "WhoId": _who(market, conversions, lead),
            "WhatId": _what(market, conversions, lead),
            "Subject": chosen(_TYPES, kind),
            "Type": chosen(_TYPES, kind),
            "TaskSubtype": chosen(("Call", "Email", "Task"), subtype),
            "Status": chosen(("Completed",), np.zeros(len(rows), dtype=np.int64)),
            "IsClosed": flags(np.ones(len(rows), dtype=bool)),
            "ActivityDate": days(due),
            "CreatedDate": moment,
            "CompletedDateTime": moment,
            "CallType": chosen(("", "Outbound"), call.astype(np.int64)),
            "CallDurationInSeconds": call_seconds(market).take(pa.array(rows)).cast(pa.int64()),
            "OwnerId": chosen(_OWNERS, lead % len(_OWNERS)),
        }
    )


def _open_tasks(market: Market, conversions: Conversions, first: int) -> pa.Table:
    """Calls planned and not made, many of them due after the export."""
    generator = np.random.default_rng([market.seed, 5])
    accepted_at = np.where(market.look["accepted"], market.look["at"], np.inf)
    lead = np.flatnonzero((accepted_at < DAYS) & (generator.random(len(accepted_at)) < _OPEN_TASKS))
    count = len(lead)
    planned = np.floor(generator.uniform(accepted_at[lead], DAYS) * 86_400_000) / 86_400_000
    nothing = pa.nulls(count, pa.string())
    return pa.table(
        {
            "Id": as_text(salesforce_ids("task", count, first)),
            "WhoId": _who(market, conversions, lead),
            "WhatId": nothing,
            "Subject": chosen(("Call back",), np.zeros(count, dtype=np.int64)),
            "Type": chosen(("Call",), np.zeros(count, dtype=np.int64)),
            "TaskSubtype": chosen(("Call",), np.zeros(count, dtype=np.int64)),
            "Status": chosen(("Not Started",), np.zeros(count, dtype=np.int64)),
            "IsClosed": flags(np.zeros(count, dtype=bool)),
            "ActivityDate": days(np.maximum(planned + 7.0, generator.uniform(DAYS - 60.0, DAYS + 60.0, count))),
            "CreatedDate": stamps(planned),
            "CompletedDateTime": nothing,
            "CallType": nothing,
            "CallDurationInSeconds": pa.nulls(count, pa.int64()),
            "OwnerId": chosen(_OWNERS, lead % len(_OWNERS)),
        }
    )


def _events(market: Market, conversions: Conversions, rows: np.ndarray, ids: np.ndarray) -> pa.Table:
    lead, at = market.events.lead[rows], market.events.at[rows]
    ahead = np.random.default_rng([market.seed, 6]).integers(1, 8, len(rows))
    return pa.table(
        {
            "Id": ids_at(ids, rows),
            "WhoId": _who(market, conversions, lead),
            "WhatId": _what(market, conversions, lead),
            "Subject": chosen(("Meeting",), np.zeros(len(rows), dtype=np.int64)),
            "Type": chosen(("Meeting",), np.zeros(len(rows), dtype=np.int64)),
            "StartDateTime": stamps(at),
            "EndDateTime": stamps(at + 1 / 24),
            "ActivityDateTime": stamps(at),
            "CreatedDate": stamps(np.maximum(at - ahead, market.people.created[lead])),
            "OwnerId": chosen(_OWNERS, lead % len(_OWNERS)),
        }
    )


def _campaigns(market: Market) -> pa.Table:
    campaigns = market.campaigns
    start = campaigns["day"].to_numpy(dtype=np.float64)
    return pa.table(
        {
            "Id": as_text(campaigns["campaign_id"].to_numpy(dtype="S18")),
            "Name": texts(campaigns["name"]),
            "Type": texts(campaigns["type"]),
            "Status": chosen(("Completed",), np.zeros(len(start), dtype=np.int64)),
            "StartDate": days(start),
            "EndDate": days(start + 1.0),
            "CreatedDate": stamps(np.maximum(start - 30.0, 0.0)),
        }
    )


def _members(market: Market, conversions: Conversions, rows: np.ndarray, ids: np.ndarray) -> pa.Table:
    """Members, with ids of 15 characters as a report shows them and the response as a bare date."""
    generator = np.random.default_rng([market.seed, 7])
    lead, kind, at = market.events.lead[rows], market.events.kind[rows], market.events.at[rows]
    share = np.select([kind == _WEBINAR, kind == _TRADE_SHOW], [0.7, 0.5], 1.0)
    later = at + np.where(kind == _WEBINAR, generator.integers(0, 4, len(rows)), 0)
    responded = (generator.random(len(rows)) < share) & (later < DAYS)
    turned = conversions.converted[lead]
    return pa.table(
        {
            "Id": ids_at(ids, rows),
            "CampaignId": ids_at(market.campaigns["campaign_id"].to_numpy(dtype="S18"), market.campaign[rows], 15),
            "LeadId": ids_at(market.lead_ids, np.where(turned, -1, lead), 15),
            "ContactId": ids_at(conversions.contact_ids, np.where(turned, lead, -1), 15),
            "Status": chosen(("Sent", "Responded"), responded.astype(np.int64)),
            "HasResponded": flags(responded),
            "FirstRespondedDate": days(np.where(responded, later, np.nan)),
            "CreatedDate": stamps(at),
        }
    )
