"""Lead and opportunity tables of a Marketo export, every value as of the day of export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.behaviour import to_microseconds
from features.simulation.export_people import lead_table
from features.simulation.export_text import chosen, days, flags, numbers
from features.simulation.identifiers import as_text, salesforce_ids
from features.simulation.marketo_strangers import whole_seconds
from features.simulation.parameters import DAYS

if TYPE_CHECKING:
    from features.simulation.export_conversions import Conversions
    from features.simulation.market import Market
    from features.simulation.marketo_strangers import Strangers

#: Marketo's REST names of the fields that a CRM lead has too.
_SAME = {
    "email": "Email",
    "company": "Company",
    "industry": "Industry",
    "annualRevenue": "AnnualRevenue",
    "numberOfEmployees": "NumberOfEmployees",
    "title": "Title",
    "leadSource": "LeadSource",
    "leadStatus": "Status",
    "rating": "Rating",
    "website": "Website",
    "country": "Country",
}
#: Who owns a network address is mostly a provider, whom many leads of many companies share.
_PROVIDERS = ("Comcast Cable", "Deutsche Telekom AG", "BT Group", "Verizon", "")


def marketo_stamps(moment: np.ndarray) -> pa.Array:
    """Moments in market days as ``2025-03-01T10:00:00Z``, whole seconds, null for values that are not finite."""
    known = np.isfinite(moment)
    seconds = to_microseconds(whole_seconds(np.where(known, moment, 0.0))) // 1_000_000
    text = pc.strftime(pa.array(seconds).cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ")
    return pc.if_else(pa.array(known), text, pa.scalar(None, pa.string()))


def marketo_leads(
    market: Market, conversions: Conversions, changes: pd.DataFrame, strangers: Strangers
) -> pa.Table:
    """Leads of the market, twins that were merged later, half of the deleted, and the anonymous."""
    count = len(market.lead_ids)
    crm = lead_table(market, conversions, changes).slice(0, count)
    values = {name: crm[column] for name, column in _SAME.items()}
    known = _rows(market, np.arange(count), strangers.lead_ids, market.people.created, values)
    # A file written in the first days of a record still has it, though it is merged or deleted by now.
    others = np.arange(0, len(strangers.deleted_ids), 2)
    twin = {name: column.take(pa.array(strangers.survivor)) for name, column in values.items()}
    first = {name: column.take(pa.array(others % count)) for name, column in values.items()}
    parts = [
        known,
        _rows(market, strangers.survivor, strangers.twin_ids, strangers.twin_created, twin),
        _rows(market, others % count, strangers.deleted_ids[others], strangers.deleted_created[others], first),
        _anonymous(known.schema, strangers),
    ]
    table = pa.concat_tables(parts)
    return table.sort_by([("createdAt", "ascending"), ("id", "ascending")])


def _rows(
    market: Market, of: np.ndarray, ids: np.ndarray, created: np.ndarray, values: dict[str, pa.ChunkedArray]
) -> pa.Table:
    """Rows of leads at positions ``of``; what the fields of section 4 have beyond a CRM's is made up here."""
    count = len(of)
    points = np.bincount(market.events.lead, minlength=len(market.lead_ids))[of] * 3
    hot = np.isfinite(market.opportunity[of])
    return pa.table(
        {
            "id": pa.array(ids),
            **values,
            "leadRole": chosen(("", "Decision Maker"), (of % 7 == 0).astype(np.int64)),
            "department": pa.nulls(count, pa.string()),
            "sicCode": pa.nulls(count, pa.string()),
            "city": pa.nulls(count, pa.string()),
            "state": pa.nulls(count, pa.string()),
            "inferredCompany": chosen(_PROVIDERS, of % len(_PROVIDERS)),
            "inferredCountry": chosen(("United States", "Germany", ""), of % 3),
            "unsubscribed": flags(of % 41 == 0),
            "emailInvalid": flags(of % 97 == 0),
            "isAnonymous": flags(np.zeros(count, dtype=bool)),
            "leadScore": pa.array(points + np.where(hot, 100, 0)),
            "relativeScore": pa.array(np.minimum(points // 10, 100)),
            "urgency": pa.array(np.where(hot, 5, of % 4)),
            "priority": pa.array(np.where(hot, 1, 3)),
            "createdAt": marketo_stamps(created),
            "updatedAt": marketo_stamps(np.full(count, float(DAYS))),
        }
    )


def _anonymous(schema: pa.Schema, strangers: Strangers) -> pa.Table:
    """Build visitors that nobody knows the name of: an id, a guess at the company, and nothing else."""
    count = len(strangers.anonymous_ids)
    columns = {field.name: pa.nulls(count, field.type) for field in schema}
    columns["id"] = pa.array(strangers.anonymous_ids)
    columns["inferredCompany"] = chosen(_PROVIDERS, np.arange(count) % len(_PROVIDERS))
    columns["isAnonymous"] = flags(np.ones(count, dtype=bool))
    columns["createdAt"] = columns["updatedAt"] = marketo_stamps(strangers.anonymous_created)
    return pa.table(columns, schema=schema)


def opportunity_ids(market: Market) -> np.ndarray:
    """Ids of deals, then of other business: Marketo keeps the CRM's as ``externalOpportunityId``."""
    return salesforce_ids("opportunity", len(market.deals) + len(market.other_business))


def marketo_opportunities(market: Market) -> pa.Table:
    """``opportunities.csv``: business from leads, then renewals and expansions."""
    deals = len(market.deals)
    both = pd.concat([market.deals, market.other_business], ignore_index=True)
    closed = both["closed"].to_numpy()
    ended = ~np.isnan(closed)
    won = both["won"].fillna(value=False).to_numpy(dtype=bool)
    at = both["at"].to_numpy()
    return pa.table(
        {
            "marketoGUID": pa.array([f"opportunity-{number}" for number in range(len(both))], pa.string()),
            "externalOpportunityId": as_text(opportunity_ids(market)),
            "type": chosen(("New Business", "Existing Business"), (np.arange(len(both)) >= deals) * 1),
            "amount": numbers(both["amount"].to_numpy()),
            "stage": chosen(("Open", "Closed Won", "Closed Lost"), np.where(ended, np.where(won, 1, 2), 0)),
            "isClosed": flags(ended),
            "isWon": flags(won),
            "closeDate": days(np.where(ended, closed, at + 90.0)),
            "externalCreatedDate": marketo_stamps(at),
            "createdAt": marketo_stamps(at),
            "updatedAt": marketo_stamps(np.fmax(at, np.where(ended & (closed < DAYS), closed, at))),
        }
    )


def marketo_roles(market: Market, strangers: Strangers) -> pa.Table:
    """``opportunity_roles.csv``: each deal's lead, and for other business the first lead of its account."""
    lead = market.deals["lead"].to_numpy()
    customer = market.people.starts[market.other_business["account"].to_numpy(dtype=np.int64)]
    of = np.concatenate([lead, customer]).astype(np.int64)
    at = np.concatenate([market.deals["at"].to_numpy(), market.other_business["at"].to_numpy()])
    return pa.table(
        {
            "marketoGUID": pa.array([f"role-{number}" for number in range(len(of))], pa.string()),
            "externalOpportunityId": as_text(opportunity_ids(market)),
            "leadId": pa.array(strangers.lead_ids[of]),
            "role": chosen(("Decision Maker", "Evaluator"), of % 2),
            "isPrimary": flags(np.ones(len(of), dtype=bool)),
            "externalCreatedDate": marketo_stamps(at),
        }
    )
