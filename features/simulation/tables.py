"""The five tables of facts of a simulated market, as Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.behaviour import to_microseconds
from features.simulation.identifiers import as_text, salesforce_ids
from features.simulation.parameters import CHANNELS, DAYS, KINDS
from features.simulation.people import title_book
from features.simulation.segments import COUNTRY, INDUSTRY, SOURCE

if TYPE_CHECKING:
    from features.simulation.market import Market

_TIME = pa.timestamp("us", tz="UTC")


def fact_tables(market: Market) -> dict[str, pa.Table]:
    """Return the five tables under the names and columns of :mod:`features.facts.schema`."""
    return {
        "leads": leads_table(market),
        "attributes": attributes_table(market),
        "events": events_table(market),
        "opportunities": opportunities_table(market),
        "verdicts": verdicts_table(market),
    }


def leads_table(market: Market) -> pa.Table:
    """Lead, account (null for a lead with none), creation."""
    account = market.people.account
    return pa.table(
        {
            "lead_id": as_text(market.lead_ids),
            "account_id": taken(market.account_ids, account),
            "created_at": times(market.people.created),
        }
    )


def events_table(market: Market) -> pa.Table:
    """Everything that happened; an event is known when it happens."""
    events = market.events
    at = times(events.at)
    return pa.table(
        {
            "event_id": as_text(event_ids(market)),
            "lead_id": coded(as_text(market.lead_ids), events.lead),
            "kind": coded(pa.array(KINDS), events.kind),
            "at": at,
            "known_at": at,
            "channel": coded(pa.array(CHANNELS), events.kind),
            "campaign": coded(as_text(market.campaigns["campaign_id"].to_numpy(dtype="S18")), market.campaign),
            "value": call_seconds(market),
        }
    )


def event_ids(market: Market) -> np.ndarray:
    """Salesforce ids of the events, rising with time: members of campaigns, meetings, and tasks for the rest."""
    kind = market.events.kind
    order = np.argsort(market.events.at, kind="stable")
    ids = np.empty(len(kind), dtype="S18")
    member = np.isin(kind, [KINDS.index(name) for name in ("webinar", "trade_show", "demo_request")])
    meeting = kind == KINDS.index("meeting")
    for what, chosen in (("member", member), ("event", meeting), ("task", ~member & ~meeting)):
        rows = order[chosen[order]]
        ids[rows] = salesforce_ids(what, len(rows))
    return ids


def call_seconds(market: Market) -> pa.Array:
    """Length of each call in seconds, null for other events."""
    kind = market.events.kind
    generator = np.random.default_rng([market.seed, KINDS.index("call")])
    seconds = np.rint(generator.exponential(240.0, len(kind)) + 15.0)
    return pa.array(seconds, mask=kind != KINDS.index("call"))


def attributes_table(market: Market) -> pa.Table:
    """Every version of every attribute, from the moment it is on record."""
    people, companies = market.people, market.companies
    leads, accounts = np.arange(len(people.created)), np.arange(len(companies.name))
    first = people.created[people.starts[:-1]][: len(accounts)]
    titles = pa.array(title_book()["title"])
    versions = companies.versions
    of = versions["account"].to_numpy()
    known = known_from(versions["day"].to_numpy(), first[of])
    parts = [
        _versions(
            market,
            "lead",
            leads,
            "title",
            coded(titles, people.title),
            known_from(people.title_day, people.created),
        ),
        _versions(market, "lead", leads, "lead_source", coded(pa.array(SOURCE), people.source), people.created),
        _versions(market, "lead", leads, "country", coded(pa.array(COUNTRY), people.country), people.created),
        _versions(
            market,
            "account",
            accounts,
            "industry",
            coded(pa.array(INDUSTRY), companies.industry),
            known_from(companies.industry_day, first),
        ),
        _versions(market, "account", accounts, "country", coded(pa.array(COUNTRY), companies.country), first),
        _versions(market, "account", of, "employees", whole_numbers(versions["employees"]), known),
        _versions(market, "account", of, "annual_revenue", whole_numbers(versions["revenue"]), known),
    ]
    return pa.concat_tables(parts)


def known_from(day: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Moment from which a value is known: at creation on the first day, else the midnight its day begins with."""
    return np.where(day == np.floor(first), first, day.astype(np.float64))


def whole_numbers(values: pd.Series) -> pa.Array:
    """Return numbers as text without decimals."""
    return pc.cast(pa.array(values.to_numpy().astype(np.int64)), pa.string())


def _versions(
    market: Market, entity: str, position: np.ndarray, name: str, value: pa.Array, known: np.ndarray
) -> pa.Table:
    """Rows of one attribute; values not on record by the end, and blank ones, are left out."""
    ids = as_text(market.lead_ids if entity == "lead" else market.account_ids)
    text = pc.cast(value, pa.string())
    kept = pa.array(known < DAYS)
    table = pa.table(
        {
            "entity": pa.repeat(entity, len(position)),
            "entity_id": ids.take(pa.array(position)),
            "name": pa.repeat(name, len(position)),
            "value": text,
            "known_at": times(np.minimum(known, DAYS)),
        }
    )
    return table.filter(pc.and_(kept, pc.not_equal(text, "")))


def opportunities_table(market: Market) -> pa.Table:
    """Lead-led opportunities, then business of accounts that no lead led to."""
    deals, other = market.deals, market.other_business
    lead = deals["lead"].to_numpy()
    ids = salesforce_ids("opportunity", len(deals) + len(other))
    account = np.concatenate([market.people.account[lead], other["account"].to_numpy()])
    both = pd.concat([deals, other], ignore_index=True)
    closed = both["closed"].to_numpy()
    return pa.table(
        {
            "opportunity_id": as_text(ids),
            "lead_id": taken(market.lead_ids, np.concatenate([lead, np.full(len(other), -1)])),
            "account_id": taken(market.account_ids, account),
            "created_at": times(both["at"].to_numpy()),
            "amount": pa.array(both["amount"].to_numpy()),
            "closed_at": times(closed),
            "won": pa.array(both["won"], pa.bool_(), from_pandas=True),
        }
    )


def verdicts_table(market: Market) -> pa.Table:
    """What sales said of leads."""
    verdicts = market.verdicts
    return pa.table(
        {
            "lead_id": as_text(market.lead_ids).take(pa.array(verdicts["lead"].to_numpy())),
            "at": times(verdicts["at"].to_numpy()),
            "verdict": pa.array(verdicts["verdict"], pa.string()),
            "reason": pa.array(verdicts["reason"], pa.string(), from_pandas=True),
        }
    )


def times(moment: np.ndarray) -> pa.Array:
    """Arrow UTC timestamps of moments in market days, null for NaN."""
    unknown = np.isnan(moment)
    return pa.array(to_microseconds(np.where(unknown, 0.0, moment)), mask=unknown).cast(_TIME)


def taken(ids: np.ndarray, position: np.ndarray) -> pa.Array:
    """Ids as text by position, null for -1."""
    return as_text(ids).take(pa.array(position, mask=position < 0))


def coded(values: pa.Array, position: np.ndarray) -> pa.DictionaryArray:
    """Dictionary array of values by position, null for -1."""
    return pa.DictionaryArray.from_arrays(pa.array(position.astype(np.int32), mask=position < 0), values)
