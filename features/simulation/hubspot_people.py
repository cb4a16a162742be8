"""contacts.csv, companies.csv and their property histories of a HubSpot export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.behaviour import to_microseconds
from features.simulation.export_people import company_names, emails, websites
from features.simulation.export_text import chosen, texts
from features.simulation.hubspot_text import EMPTY, floored, hubspot_ids, ids, moments, where, whole, words
from features.simulation.parameters import BUYER_KINDS, DAYS, KINDS
from features.simulation.people import full_names, title_book
from features.simulation.segments import COUNTRY, INDUSTRY, SOURCE
from features.simulation.tables import known_from

if TYPE_CHECKING:
    from features.simulation.hubspot_stages import StageHistory
    from features.simulation.market import Market

_MERGED_SHARE, _MOVED_SHARE, _ARCHIVED = 0.005, 0.03, 20
_RANGES = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
_RANGES_FROM = np.array([5, 25, 50, 100, 500, 1000])
# HubSpot knows a handful of sources; the account keeps its own beside them.
_ANALYTICS = ("OFFLINE", "ORGANIC_SEARCH", "PAID_SEARCH", "OTHER_CAMPAIGNS", *["OFFLINE"] * 2, "REFERRALS")
_WEB = ("web_visit", "pricing_page_visit")
_FORMS = ("content_download", "form_submit", "demo_request", "webinar", "trade_show")


@dataclass(frozen=True)
class Identities:
    """Second selves: ``merged`` leads were two contacts until ``merged_at``, the other with the id of ``loser``.

    ``former`` is the address of each lead until ``moved_at`` (infinite: it never changed). Moments in market days.
    """

    merged: np.ndarray
    merged_at: np.ndarray
    loser: np.ndarray
    former: np.ndarray
    moved_at: np.ndarray


def draw_identities(market: Market) -> Identities:
    """Draw which contacts were merged and which changed their address."""
    generator = np.random.default_rng([market.seed, 22])
    created = market.people.created
    count = len(created)
    merged = (generator.random(count) < _MERGED_SHARE) & (created < DAYS - 3.0)
    loser = np.where(merged, count + np.cumsum(merged) - 1, -1)
    merged_at = np.where(merged, floored(created + generator.uniform(0.5, 0.9, count) * (DAYS - created)), np.inf)
    moved = (generator.random(count) < _MOVED_SHARE) & (market.people.account >= 0) & (created < DAYS - 3.0)
    moved_at = np.where(moved, floored(created + 0.5 * (DAYS - created)), np.inf)
    return Identities(merged, merged_at, loser, _former(emails(market)), moved_at)


def _former(addresses: np.ndarray) -> np.ndarray:
    return np.array([address.replace("@", "@formerly-") for address in addresses], dtype=object)


def contact_table(market: Market, stages: StageHistory, selves: Identities) -> pa.Table:
    """contacts.csv: values as of the export, counters and scores among them."""
    people = market.people
    count = len(people.created)
    given, family = full_names(people)
    title = np.where(people.title_day < DAYS, people.title, -1)
    changed = stages.rows.groupby("lead")["moment"].max().reindex(np.arange(count)).to_numpy()
    deal = np.isfinite(market.opportunity)
    columns = {
        "hs_object_id": ids("contact", np.arange(count)),
        "createdate": moments(people.created),
        "lastmodifieddate": moments(np.fmax(people.created, changed)),
        "firstname": texts(given),
        "lastname": texts(family),
        "email": _addresses(market),
        "company": texts(company_names(market)),
        "website": texts(websites(market)),
        "associatedcompanyid": ids("company", np.where(np.arange(count) % 7 > 0, people.account, -1)),
        "jobtitle": chosen(tuple(title_book()["title"]), title),
        "country": chosen(COUNTRY, people.country),
        "lead_source": chosen(SOURCE, people.source),
        "hs_analytics_source": chosen(_ANALYTICS, np.minimum(people.source, len(_ANALYTICS) - 1)),
        **_own_words(market),
        "lifecyclestage": texts(stages.stage),
        "hs_lead_status": texts(stages.status),
        **{f"hs_lifecyclestage_{stage}_date": moments(at) for stage, at in stages.dates.items()},
        "first_deal_created_date": moments(market.opportunity),
        "num_associated_deals": where(deal, words("1", count)),
        **_counters(market),
        **_scores(market),
        "hs_calculated_merged_vids": _merged_with_times(selves),
        "hs_merged_object_ids": ids("contact", selves.loser),
        "archived": words("false", count),
    }
    return _with_archived(pa.table(columns), count + int(selves.merged.sum()))


def _addresses(market: Market) -> pa.Array:
    """Addresses as people type them: now and then with a capital."""
    plain = emails(market)
    return texts(np.where(np.arange(len(plain)) % 11 == 0, np.char.capitalize(plain.astype(str)), plain))


def _own_words(market: Market) -> dict[str, pa.Array]:
    """What contacts chose in a form of their company; now and then it contradicts the company's record."""
    generator = np.random.default_rng([market.seed, 23])
    account = market.people.account
    versions = market.companies.versions
    first = versions.groupby("account")[["employees", "day"]].first().reindex(np.arange(len(market.account_ids)))
    size, day = first["employees"].to_numpy()[account], first["day"].to_numpy()[account]
    asked = (account >= 0) & (generator.random(len(account)) < 0.2) & (day <= market.people.created)
    code = np.searchsorted(_RANGES_FROM, np.where(asked, size, 1), side="right")
    code = np.where(generator.random(len(account)) < 0.1, generator.integers(0, len(_RANGES), len(account)), code)
    known = (account >= 0) & (market.companies.industry_day[account] <= market.people.created)
    said = known & (generator.random(len(account)) < 0.1)
    industry = np.where(
        generator.random(len(account)) < 0.2,
        generator.integers(1, len(INDUSTRY), len(account)),
        market.companies.industry[account],
    )
    spelt = tuple(name.upper().replace(" ", "_") for name in INDUSTRY)
    return {
        "numemployees": chosen(_RANGES, np.where(asked, code, -1)),
        "industry": chosen(spelt, np.where(said, industry, -1)),
    }


def _counters(market: Market) -> dict[str, pa.Array]:
    """Totals and last stamps as of the export, which give away what came after any earlier moment."""
    lead, kind, at = market.events
    count = len(market.people.created)

    def tally(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.isin(kind, [KINDS.index(name) for name in names])
        last, first = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(last, lead[rows], at[rows])
        np.minimum.at(first, lead[rows], at[rows])
        return np.bincount(lead[rows], minlength=count).astype(np.float64), first, last

    visits, first_visit, last_visit = tally(_WEB)
    forms, first_form, last_form = tally(_FORMS)
    opens, _, last_open = tally(("email_open",))
    _, _, last_sales = tally(tuple(kind for kind in KINDS if kind not in BUYER_KINDS))
    return {
        "hs_analytics_num_page_views": whole(visits * 3),
        "hs_analytics_num_visits": whole(visits),
        "hs_analytics_first_timestamp": moments(first_visit),
        "hs_analytics_last_timestamp": moments(last_visit),
        "hs_latest_source": chosen(_ANALYTICS, market.people.source % 7),
        "num_conversion_events": whole(forms),
        "first_conversion_date": moments(first_form),
        "recent_conversion_date": moments(last_form),
        "hs_email_open": whole(opens),
        "hs_sales_email_last_opened": moments(last_open),
        "notes_last_contacted": moments(last_sales),
    }


def _scores(market: Market) -> dict[str, pa.Array]:
    """Old scores with their values of the day of export; they rose when the deal came."""
    generator = np.random.default_rng([market.seed, 24])
    deal = np.isfinite(market.opportunity)
    points = np.clip(np.rint(generator.normal(25, 12, len(deal)) + 50 * deal), 0, 100)
    return {
        "hubspotscore": whole(points),
        "hs_predictivecontactscore_v2": pa.array(np.round(points / 101, 3)).cast(pa.string()),
    }


def _merged_with_times(selves: Identities) -> pa.Array:
    """``id:milliseconds`` of merged contacts; old merges, here a third of all, have no time on record."""
    shown = selves.merged & (np.arange(len(selves.merged)) % 3 > 0)
    at = to_microseconds(np.where(shown, selves.merged_at, 0.0)) // 1000
    pairs = pc.binary_join_element_wise(ids("contact", selves.loser), pa.array(at).cast(pa.string()), ":")
    return where(shown, pairs)


def _with_archived(table: pa.Table, first: int) -> pa.Table:
    """Add contacts that somebody deleted: the export may still hold them."""
    copy = table.slice(0, _ARCHIVED)
    replaced = {
        "hs_object_id": ids("contact", first + np.arange(copy.num_rows)),
        "archived": words("true", copy.num_rows),
        "email": pa.array([f"gone{number}@gone.example" for number in range(copy.num_rows)]),
        "hs_calculated_merged_vids": pa.nulls(copy.num_rows, pa.string()),
        "hs_merged_object_ids": pa.nulls(copy.num_rows, pa.string()),
    }
    for name, column in replaced.items():
        copy = copy.set_column(copy.schema.get_field_index(name), name, column)
    return pa.concat_tables([table, copy])


def contact_history(market: Market, stages: StageHistory, selves: Identities) -> pa.Table:
    """contact_property_history.csv: every value that the properties below ever had."""
    people = market.people
    everybody = np.arange(len(people.created))
    book = title_book()["title"].to_numpy()
    title_at = known_from(people.title_day, people.created)
    moved = np.flatnonzero(np.isfinite(selves.moved_at))
    first = emails(market)
    first[moved] = selves.former[moved]
    own = [
        _values(everybody, "jobtitle", book[people.title], title_at),
        _values(everybody, "country", np.array(COUNTRY)[people.country], people.created),
        _values(everybody, "lead_source", np.array(SOURCE)[people.source], people.created),
        _values(everybody, "hs_analytics_source", _source_of(people.source), people.created),
        _values(everybody, "email", first, people.created),
        _values(moved, "email", emails(market)[moved], selves.moved_at[moved]),
        stages.rows,
    ]
    return _history(pd.concat(own, ignore_index=True), "contact")


def _source_of(source: np.ndarray) -> np.ndarray:
    return np.array(_ANALYTICS)[np.minimum(source, len(_ANALYTICS) - 1)]


def _values(position: np.ndarray, name: str, value: np.ndarray, moment: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"lead": position, "name": name, "value": value, "moment": moment})
    return frame[(frame["moment"] < DAYS) & (frame["value"] != "")]


def _history(rows: pd.DataFrame, what: str) -> pa.Table:
    rows = rows.sort_values(["lead", "moment", "name"], kind="stable")
    return pa.table(
        {
            f"{what}_id": ids(what, rows["lead"].to_numpy()),
            "name": pa.array(rows["name"], pa.string()),
            "value": texts(rows["value"]),
            "source": words("CRM_UI", len(rows)),
            "source_id": words("userId:1", len(rows)),
            "timestamp": moments(rows["moment"].to_numpy()),
        }
    )


def company_table(market: Market) -> pa.Table:
    """companies.csv: every account, with its values of the day of export."""
    companies = market.companies
    count = len(companies.name)
    last = companies.versions.groupby("account")[["employees", "revenue", "day"]].last().reindex(np.arange(count))
    born = _first_lead(market)
    changed = np.fmax(born, last["day"].to_numpy())
    return pa.table(
        {
            "hs_object_id": ids("company", np.arange(count)),
            "createdate": moments(born),
            "hs_lastmodifieddate": moments(changed),
            "name": texts(companies.name),
            "domain": texts(companies.domain),
            "industry": chosen(INDUSTRY, np.where(companies.industry_day < DAYS, companies.industry, -1)),
            "numberofemployees": whole(last["employees"].to_numpy()),
            "annualrevenue": whole(last["revenue"].to_numpy()),
            "country": chosen(COUNTRY, companies.country),
            "hs_merged_object_ids": pc.if_else(pa.array(np.zeros(count, dtype=bool)), "", EMPTY),
            "archived": words("false", count),
        }
    )


def company_history(market: Market) -> pa.Table:
    """company_property_history.csv."""
    companies, versions = market.companies, market.companies.versions
    every, first = np.arange(len(companies.name)), _first_lead(market)
    of = versions["account"].to_numpy()
    at = known_from(versions["day"].to_numpy(), first[of])
    parts = [
        _values(
            every, "industry", np.array(INDUSTRY)[companies.industry], known_from(companies.industry_day, first)
        ),
        _values(every, "country", np.array(COUNTRY)[companies.country], first),
        _values(of, "numberofemployees", versions["employees"].to_numpy().astype(np.int64).astype(str), at),
        _values(of, "annualrevenue", versions["revenue"].to_numpy().astype(np.int64).astype(str), at),
    ]
    return _history(pd.concat(parts, ignore_index=True), "company")


def _first_lead(market: Market) -> np.ndarray:
    return market.people.created[market.people.starts[:-1]][: len(market.companies.name)]


def contact_ids_at(selves: Identities, lead: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Ids of the contacts that leads were at a moment: every second merged one was another until its merge."""
    other = selves.merged[lead] & (at < selves.merged_at[lead]) & (lead % 2 == 0)
    return hubspot_ids("contact", np.where(other, selves.loser[lead], lead))
