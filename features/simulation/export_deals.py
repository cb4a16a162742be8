"""Opportunity and OpportunityContactRole of a Salesforce export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from features.simulation.export_text import chosen, days, flags, ids_at, numbers, stamps
from features.simulation.identifiers import as_text, salesforce_ids
from features.simulation.segments import SOURCE

if TYPE_CHECKING:
    from features.simulation.export_conversions import Conversions
    from features.simulation.market import Market

_STAGES = ("Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")


def opportunity_table(market: Market, conversions: Conversions) -> pa.Table:
    """Opportunity.csv: new business from leads, then renewals and expansions of accounts."""
    deals, other = market.deals, market.other_business
    both = pd.concat([deals, other], ignore_index=True)
    lead = deals["lead"].to_numpy()
    owner = np.concatenate([conversions.owner[lead], other["account"].to_numpy()]).astype(np.int64)
    at, closed = both["at"].to_numpy(), both["closed"].to_numpy()
    ended = ~np.isnan(closed)
    won = both["won"].fillna(value=False).to_numpy(dtype=bool)
    stage = np.where(ended, np.where(won, 2, 3), np.arange(len(both)) % 2)
    source = np.concatenate([market.people.source[lead], np.zeros(len(other), dtype=np.int64)])
    return pa.table(
        {
            "Id": as_text(salesforce_ids("opportunity", len(both))),
            "AccountId": ids_at(conversions.account_ids, owner),
            "Name": pa.array([f"Opportunity {number}" for number in range(1, len(both) + 1)]),
            "StageName": chosen(_STAGES, stage),
            "Type": chosen(("New Business", "Existing Business"), (np.arange(len(both)) >= len(deals)) * 1),
            "IsWon": flags(won),
            "IsClosed": flags(ended),
            "Amount": numbers(both["amount"].to_numpy()),
            "LeadSource": chosen(SOURCE, source),
            "CreatedDate": stamps(at),
            # An open deal's close date is a hope, and lies after its creation.
            "CloseDate": days(np.where(ended, closed, at + 90.0)),
        }
    )


def role_table(market: Market, conversions: Conversions) -> pa.Table:
    """OpportunityContactRole.csv: contact and opportunity, for all that came of leads; ids of 15 characters."""
    deal = np.maximum(conversions.deal, conversions.attached)
    lead = np.flatnonzero(deal >= 0)
    return pa.table(
        {
            "Id": as_text(salesforce_ids("role", len(lead))),
            "OpportunityId": ids_at(salesforce_ids("opportunity", max(len(market.deals), 1)), deal[lead], 15),
            "ContactId": ids_at(conversions.contact_ids, lead, 15),
            "Role": chosen(("Decision Maker", "Evaluator"), lead % 2),
            "IsPrimary": flags(np.ones(len(lead), dtype=bool)),
            "CreatedDate": stamps(market.opportunity[lead]),
        }
    )
