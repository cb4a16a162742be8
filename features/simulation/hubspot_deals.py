"""deals.csv, its pipelines and its associations of a HubSpot export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.export_text import chosen, days, flags
from features.simulation.hubspot_activity import deal_contact_ids
from features.simulation.hubspot_text import ids, moments, whole, words

if TYPE_CHECKING:
    from features.simulation.hubspot_people import Identities
    from features.simulation.market import Market

_PIPELINES = ("default", "75893")
_LABELS = ("Sales Pipeline", "Renewals")


def deal_tables(market: Market, selves: Identities) -> dict[str, pa.Table]:
    """Return deals of contacts, and business with customers: renewals in a pipeline of their own, upsells not."""
    deals, other = market.deals, market.other_business
    both = pd.concat([deals, other], ignore_index=True)
    count, new = len(both), len(deals)
    at, closed = both["at"].to_numpy(), both["closed"].to_numpy()
    ended = ~np.isnan(closed)
    won = both["won"].fillna(value=False).to_numpy(dtype=bool)
    later = np.arange(count) >= new
    renewal = later & (np.arange(count) % 2 == 0)
    account = np.concatenate([market.people.account[deals["lead"]], other["account"]]).astype(np.int64)
    numbers = ids("deal", np.arange(count))
    # The customer's oldest contact stands on the renewal, whose outcome it is not.
    oldest = market.people.starts[other["account"].to_numpy(dtype=np.int64)]
    lead = np.concatenate([deals["lead"].to_numpy(), oldest]).astype(np.int64)
    named = ~later | renewal
    return {
        "deals": pa.table(
            {
                "hs_object_id": numbers,
                "dealname": pa.array([f"Deal {number}" for number in range(1, count + 1)]),
                "createdate": moments(at),
                "hs_lastmodifieddate": moments(np.where(ended, closed, at)),
                "pipeline": chosen(_PIPELINES, renewal.astype(np.int64)),
                "dealstage": chosen(
                    ("qualifiedtobuy", "closedwon", "closedlost"), np.where(ended, np.where(won, 1, 2), 0)
                ),
                "dealtype": chosen(("newbusiness", "existingbusiness"), (later & ~renewal).astype(np.int64)),
                "amount": whole(both["amount"].to_numpy()),
                # Of an open deal it is a hope.
                "closedate": pc.coalesce(
                    moments(np.where(ended, closed, np.nan)), days(at + 90.0).cast(pa.string())
                ),
                "hs_is_closed": flags(ended),
                "hs_is_closed_won": flags(won),
                "archived": words("false", count),
            }
        ),
        "deal_pipelines": pa.table({"pipeline_id": pa.array(_PIPELINES), "label": pa.array(_LABELS)}),
        "deal_contact": pa.table(
            {
                "deal_id": numbers.filter(pa.array(named)),
                "contact_id": pa.array(deal_contact_ids(selves, lead[named])).cast(pa.string()),
            }
        ),
        "deal_company": pa.table(
            {
                "deal_id": numbers.filter(pa.array(account >= 0)),
                "company_id": ids("company", account[account >= 0]),
            }
        ),
    }
