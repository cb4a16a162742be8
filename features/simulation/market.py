"""The simulated market: who is in it, what they did, and what became of them, from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.simulation.behaviour import Happenings, draw_buyer_events, draw_intent, draw_sales_events
from features.simulation.campaigns import campaign_of_events, draw_campaigns
from features.simulation.chance import streams
from features.simulation.companies import Companies, draw_companies, first_companies, first_sizes, size_codes
from features.simulation.conversion import Weights, draw_opportunities, event_weights
from features.simulation.delays import delay_table
from features.simulation.epochs import Epochs, Record, build_epochs
from features.simulation.identifiers import salesforce_ids
from features.simulation.parameters import BUYER_KINDS, DAYS, DEAD, Parameters
from features.simulation.people import (
    LARGEST_GROUP,
    People,
    count_alone,
    draw_arrivals,
    draw_colleagues,
    draw_people,
    in_groups,
    joining_pace,
    moments_within,
    title_book,
)
from features.simulation.sales import draw_deals, draw_other_business, draw_verdicts, first_look
from features.simulation.seasons import Calendar, calendar
from features.simulation.segments import Segments, segment_tables

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Market:
    """A whole simulated market. Moments are float64 market days (whole milliseconds) since ``parameters.START``.

    Leads, accounts and groups are known by position; ``lead_ids`` and ``account_ids`` are their Salesforce
    ids (``S18``). ``events`` are sorted by group, moment and lead, and ``event_starts`` delimits groups;
    ``weights`` is what each event is worth. ``opportunity`` is each lead's moment (infinite: none), ``deals`` and
    ``other_business`` what came of it and beside it. ``campaign`` is each event's place in ``campaigns``, or -1.
    """

    seed: int
    parameters: Parameters
    people: People
    companies: Companies
    epochs: Epochs
    lead_ids: np.ndarray
    account_ids: np.ndarray
    events: Happenings
    event_starts: np.ndarray
    weights: Weights
    campaign: np.ndarray
    campaigns: pd.DataFrame
    look: pd.DataFrame
    opportunity: np.ndarray
    verdicts: pd.DataFrame
    deals: pd.DataFrame
    other_business: pd.DataFrame


def simulate_market(leads: int, seed: int, parameters: Parameters | None = None) -> Market:
    """Simulate a market of ``leads`` leads over two years; the same arguments give the same market, bit for bit.

    Raises ValueError for fewer than one lead or a negative seed.
    """
    if leads < 1 or seed < 0:
        raise ValueError(f"leads {leads}, seed {seed}: expected at least 1 lead and a seed of 0 or more")
    parameters = parameters or Parameters()
    generator = np.random.default_rng(seed)
    tables, days = segment_tables(parameters), calendar(parameters)
    people, companies = _population(generator, leads, parameters)
    epochs = build_epochs(_record(people, companies), DAYS)
    look = first_look(generator, parameters, people.created, epochs, tables)
    dead, events = _behaviour(generator, parameters, people, epochs, look, tables, days)
    events, starts = _by_group(people, events)
    weights = event_weights(events, epochs, tables, days)
    take = colleague_take(epochs, tables)
    opportunity = draw_opportunities(
        streams(generator, leads),
        people.starts,
        dead,
        people.created,
        take,
        starts,
        events,
        weights,
        epochs,
        tables,
        days.base,
        delay_table(parameters),
        DAYS,
    )
    events = _with_deal_work(generator, events, opportunity, tables, days)
    events, starts = _by_group(people, events)
    verdicts = draw_verdicts(generator, look, opportunity)
    deals = draw_deals(generator, opportunity, _current_employees(people, companies))
    campaigns = draw_campaigns()
    return Market(
        seed=seed,
        parameters=parameters,
        people=people,
        companies=companies,
        epochs=epochs,
        lead_ids=_in_order_of(people.created, "lead"),
        account_ids=salesforce_ids("account", len(companies.name)),
        events=events,
        event_starts=starts,
        weights=event_weights(events, epochs, tables, days),
        campaign=campaign_of_events(events, campaigns),
        campaigns=campaigns,
        look=look,
        opportunity=opportunity,
        verdicts=verdicts,
        deals=deals,
        other_business=draw_other_business(generator, deals, people.account, len(companies.name)),
    )


def colleague_take(epochs: Epochs, tables: Segments) -> np.ndarray:
    """How much each lead takes from colleagues: fixed by its segment at creation."""
    return tables.take[epochs.segment[epochs.starts[:-1]]]


def _population(generator: np.random.Generator, leads: int, parameters: Parameters) -> tuple[People, Companies]:
    wanted = leads - count_alone(leads)
    first = draw_arrivals(generator, wanted)
    companies = draw_companies(generator, first.astype(np.int64))
    rate = np.asarray(parameters.joins)[first_sizes(companies)]
    sizes, days = draw_colleagues(
        streams(generator, wanted), companies.first_day, rate, joining_pace()[:DAYS], wanted, LARGEST_GROUP
    )
    companies = first_companies(companies, len(sizes))
    together = in_groups(first[: len(sizes)], sizes, moments_within(generator, days))
    created = np.concatenate([together, draw_arrivals(generator, leads - wanted)])
    starts = np.concatenate([[0], np.cumsum(sizes), np.arange(wanted + 1, leads + 1)])
    return draw_people(generator, starts, created, companies.country), companies


def _record(people: People, companies: Companies) -> Record:
    book = title_book()
    versions = companies.versions
    counts = np.bincount(versions["account"], minlength=len(companies.name))
    return Record(
        created_day=people.created.astype(np.int64),
        account=people.account,
        seniority=book["seniority"].to_numpy(dtype=np.int64)[people.title],
        function=book["function"].to_numpy(dtype=np.int64)[people.title],
        title_day=people.title_day,
        source=people.source,
        country=people.country,
        industry=companies.industry,
        industry_day=companies.industry_day,
        sizes_starts=np.concatenate([[0], np.cumsum(counts)]),
        sizes_day=versions["day"].to_numpy(dtype=np.int64),
        sizes_code=size_codes(versions["employees"].to_numpy()),
    )


def _behaviour(
    generator: np.random.Generator,
    parameters: Parameters,
    people: People,
    epochs: Epochs,
    look: pd.DataFrame,
    tables: Segments,
    days: Calendar,
) -> tuple[np.ndarray, Happenings]:
    """Draw which groups are dead, and all events up to but without the work on deals."""
    leads, groups = len(people.created), len(people.starts) - 1
    first = people.starts[:-1]
    first_day = people.created[first].astype(np.int64)
    chance = tables.dead[epochs.segment[epochs.starts[first]]]
    intent = draw_intent(
        streams(generator, groups), first_day, chance, DAYS, parameters.heat_up, parameters.cool_down
    )
    group = np.repeat(np.arange(groups), np.diff(people.starts))
    bought = draw_buyer_events(streams(generator, leads), people.created, group, intent, epochs, tables, days)
    begins = np.where(look["accepted"], look["at"], np.inf)
    sold = draw_sales_events(streams(generator, leads), begins, tables.sales_rate, days, len(BUYER_KINDS), DAYS)
    return intent[:, -1] == DEAD, _joined(bought, sold)


def _with_deal_work(
    generator: np.random.Generator, events: Happenings, opportunity: np.ndarray, tables: Segments, days: Calendar
) -> Happenings:
    # Work on a deal cannot move a label: its lead has converted, and to colleagues sales events are worth nothing.
    states = streams(generator, len(opportunity))
    work = draw_sales_events(states, opportunity, tables.deal_rate, days, len(BUYER_KINDS), DAYS)
    return _joined(events, work)


def _joined(one: Happenings, other: Happenings) -> Happenings:
    return Happenings(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))


def _by_group(people: People, events: Happenings) -> tuple[Happenings, np.ndarray]:
    groups = len(people.starts) - 1
    group = np.repeat(np.arange(groups), np.diff(people.starts))[events.lead]
    order = np.lexsort((events.kind, events.lead, events.at, group))
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    return Happenings(*(column[order] for column in events)), starts


def _current_employees(people: People, companies: Companies) -> np.ndarray:
    last = companies.versions.groupby("account")["employees"].last()
    employees = last.reindex(np.arange(len(companies.name)), fill_value=60.0).to_numpy()
    return np.where(people.account >= 0, employees[people.account], 0.0)


def _in_order_of(moment: np.ndarray, what: str) -> np.ndarray:
    ids = np.empty(len(moment), dtype="S18")
    ids[np.argsort(moment, kind="stable")] = salesforce_ids(what, len(moment))
    return ids
