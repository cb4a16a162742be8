"""Lead, LeadHistory, Account and Contact of a Salesforce export, with current values as a CRM keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from features.simulation.export_text import chosen, days, flags, ids_at, numbers, stamps, texts
from features.simulation.identifiers import as_text, salesforce_ids
from features.simulation.parameters import DAYS
from features.simulation.people import full_names, title_book
from features.simulation.segments import COUNTRY, INDUSTRY, SOURCE

if TYPE_CHECKING:
    from features.simulation.export_conversions import Conversions
    from features.simulation.market import Market

_FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.com", "proton.me")
_NO_COMPANY = ("n/a", "", "Self-employed", "private", "-")
_OWNERS = tuple(owner.decode() for owner in salesforce_ids("user", 5))
_STATUS = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Not Converted",
    "Closed - Converted",
    "Nurturing",
)
_OPEN, _WORKING, _REFUSED, _CONVERTED, _NURTURING = range(5)
_MERGED_SHARE = 0.005
_HISTORY_COLUMNS = ["lead", "field", "old", "new", "moment"]


def field_history(market: Market, conversions: Conversions) -> pd.DataFrame:
    """Return lead, field, old, new, moment of every change, by lead and moment.

    Converted leads no longer change.
    """
    parts = [_title_changes(market), _industry_changes(market), *_size_changes(market)]
    values = pd.concat(parts, ignore_index=True)
    frozen = conversions.moment[values["lead"].to_numpy()]
    values = values[values["moment"].to_numpy() < np.minimum(frozen, DAYS)]
    changes = pd.concat([values, _status_changes(market, conversions)], ignore_index=True)
    return changes.sort_values(["lead", "moment", "field"], kind="stable", ignore_index=True)


def _title_changes(market: Market) -> pd.DataFrame:
    people = market.people
    lead = np.flatnonzero(people.title_day > people.created.astype(np.int64))
    title = title_book()["title"].to_numpy()[people.title[lead]]
    return _changes(lead, "Title", "", title, people.title_day[lead])


def _industry_changes(market: Market) -> pd.DataFrame:
    people = market.people
    lead = np.flatnonzero(people.account >= 0)
    day = market.companies.industry_day[people.account[lead]]
    industry = np.array(INDUSTRY)[market.companies.industry[people.account[lead]]]
    later = day > people.created[lead]
    return _changes(lead[later], "Industry", "", industry[later], day[later])


def _size_changes(market: Market) -> list[pd.DataFrame]:
    versions = market.companies.versions
    same = versions["account"] == versions["account"].shift()
    of = pd.DataFrame({"lead": np.arange(len(market.people.account)), "account": market.people.account})
    found = []
    for field, column in (("NumberOfEmployees", "employees"), ("AnnualRevenue", "revenue")):
        whole = versions[column].astype(np.int64).astype(str)
        steps = versions[["account", "day"]].assign(new=whole, old=whole.shift().where(same, ""))
        rows = of.merge(steps, on="account")
        rows = rows[rows["day"].to_numpy() > market.people.created[rows["lead"].to_numpy()]]
        found.append(_changes(rows["lead"], field, rows["old"], rows["new"], rows["day"]))
    return found


def _changes(lead: object, field: str, old: object, new: object, day: object) -> pd.DataFrame:
    values = {"lead": np.asarray(lead), "field": field, "old": old, "new": np.asarray(new)}
    frame = pd.DataFrame(values, columns=_HISTORY_COLUMNS[:4])
    return frame.assign(moment=np.asarray(day, dtype=np.float64))


def _status_changes(market: Market, conversions: Conversions) -> pd.DataFrame:
    said = market.verdicts
    new = said["verdict"].map({"accepted": _WORKING, "rejected": _REFUSED, "recycled": _NURTURING}).to_numpy()
    lead, at = said["lead"].to_numpy(), said["at"].to_numpy()
    old = np.where(new == _NURTURING, _WORKING, _OPEN)
    names = np.array(_STATUS)
    kept = at < conversions.moment[lead]
    status = _changes(lead[kept], "Status", names[old[kept]], names[new[kept]], at[kept])
    turned = np.flatnonzero(conversions.converted)
    return pd.concat([status, _changes(turned, "leadConverted", "", "", conversions.moment[turned])])


def history_table(market: Market, changes: pd.DataFrame) -> pa.Table:
    """LeadHistory.csv."""
    return pa.table(
        {
            "Id": as_text(salesforce_ids("history", len(changes))),
            "LeadId": ids_at(market.lead_ids, changes["lead"].to_numpy()),
            "Field": texts(changes["field"]),
            "OldValue": texts(changes["old"]),
            "NewValue": texts(changes["new"]),
            "CreatedDate": stamps(changes["moment"].to_numpy()),
        }
    )


def lead_table(market: Market, conversions: Conversions, changes: pd.DataFrame) -> pa.Table:
    """Lead.csv: values as of the export (of the conversion, for converted leads), and a few merged duplicates."""
    people, companies = market.people, market.companies
    count = len(people.created)
    seen_until = np.minimum(conversions.moment, DAYS)
    given, family = full_names(people)
    employees, revenue = _sizes_at(market, seen_until)
    with_account = people.account >= 0
    industry = np.where(with_account, companies.industry[people.account], 0)
    industry_known = companies.industry_day[people.account] < np.maximum(seen_until, people.created + 1e-6)
    title_known = people.title_day < np.maximum(seen_until, people.created + 1e-6)
    titles = tuple(title_book()["title"])
    status = _status(market, conversions)
    last_change = changes.groupby("lead")["moment"].max().reindex(np.arange(count)).to_numpy()
    modified = np.fmax(people.created, last_change)
    table = pa.table(
        {
            "Id": as_text(market.lead_ids),
            "IsDeleted": flags(np.zeros(count, dtype=bool)),
            "MasterRecordId": pa.nulls(count, pa.string()),
            "FirstName": texts(given),
            "LastName": texts(family),
            "Company": texts(company_names(market)),
            "Title": chosen(titles, np.where(title_known, people.title, -1)),
            "Email": texts(emails(market)),
            "Website": texts(websites(market)),
            "Industry": chosen(INDUSTRY, np.where(industry_known, industry, 0)),
            "AnnualRevenue": numbers(revenue),
            "NumberOfEmployees": numbers(employees),
            "Country": chosen(COUNTRY, people.country),
            "LeadSource": chosen(SOURCE, people.source),
            "Status": chosen(_STATUS, status),
            "Rating": chosen(("Cold", "Warm", "Hot"), _rating(market, conversions, status)),
            "OwnerId": chosen(_OWNERS, np.arange(count) % len(_OWNERS)),
            "IsConverted": flags(conversions.converted),
            "ConvertedDate": days(conversions.moment),
            "ConvertedAccountId": ids_at(conversions.account_ids, conversions.owner),
            "ConvertedContactId": ids_at(
                conversions.contact_ids, np.where(conversions.converted, np.arange(count), -1)
            ),
            "ConvertedOpportunityId": ids_at(
                salesforce_ids("opportunity", max(len(market.deals), 1)), conversions.deal
            ),
            "CreatedDate": stamps(people.created),
            "LastModifiedDate": stamps(modified),
            "SystemModstamp": stamps(modified),
            "LastActivityDate": days(_last_activity(market)),
        }
    )
    return pa.concat_tables([table, _merged(market, table)])


def _merged(market: Market, table: pa.Table) -> pa.Table:
    """Deleted duplicates of a few leads, each pointing to the record that survived."""
    generator = np.random.default_rng([market.seed, 2])
    created = market.people.created
    survivor = np.flatnonzero((generator.random(len(created)) < _MERGED_SHARE) & (created < DAYS - 1))
    again = np.floor(np.minimum(created[survivor] + 0.5, DAYS) * 86_400_000) / 86_400_000
    count = len(survivor)
    copy = table.take(pa.array(survivor))
    replaced = {
        "Id": as_text(salesforce_ids("lead", count, len(created))),
        "IsDeleted": flags(np.ones(count, dtype=bool)),
        "MasterRecordId": ids_at(market.lead_ids, survivor),
        "Status": texts([_STATUS[_OPEN]] * count),
        "IsConverted": flags(np.zeros(count, dtype=bool)),
        "CreatedDate": stamps(again),
    }
    for name in ("ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId", "ConvertedDate"):
        replaced[name] = pa.nulls(count, copy.schema.field(name).type)
    for name, column in replaced.items():
        copy = copy.set_column(copy.schema.get_field_index(name), name, column)
    return copy


def _sizes_at(market: Market, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Employees and revenue on record for each lead's company at a moment, NaN where none are."""
    versions = market.companies.versions
    # One sorted key of account and day finds the last version before the moment by bisection.
    stride = 2.0 * DAYS
    key = versions["account"].to_numpy() * stride + versions["day"].to_numpy()
    wanted = market.people.account * stride + np.maximum(until, np.floor(market.people.created) + 1e-6)
    place = np.searchsorted(key, wanted, side="left") - 1
    found = (place >= 0) & (versions["account"].to_numpy()[place] == market.people.account)
    employees = np.where(found, versions["employees"].to_numpy()[place], np.nan)
    return employees, np.where(found, versions["revenue"].to_numpy()[place], np.nan)


def _status(market: Market, conversions: Conversions) -> np.ndarray:
    last = market.verdicts.groupby("lead")["verdict"].last().reindex(np.arange(len(market.lead_ids)))
    code = last.map({"accepted": _WORKING, "rejected": _REFUSED, "recycled": _NURTURING}).fillna(_OPEN)
    return np.where(conversions.converted, _CONVERTED, code.to_numpy(dtype=np.int64))


def _rating(market: Market, conversions: Conversions, status: np.ndarray) -> np.ndarray:
    """Sales rates a lead Hot once it has turned: a value of the day of export that gives the outcome away."""
    noise = np.random.default_rng([market.seed, 3]).random(len(status))
    hot = np.isfinite(market.opportunity) & (noise < 0.9) | (conversions.converted & (noise < 0.3))
    return np.where(hot, 2, np.where((status == _WORKING) & (noise < 0.7), 1, np.where(noise < 0.5, 0, -1)))


def _last_activity(market: Market) -> np.ndarray:
    last = np.full(len(market.lead_ids), -np.inf)
    np.maximum.at(last, market.events.lead, market.events.at)
    return last


def company_names(market: Market) -> np.ndarray:
    """Company as typed on the lead; those without an account wrote something, or nothing."""
    account = market.people.account
    nothing = np.array([name or None for name in _NO_COMPANY], dtype=object)[np.arange(len(account)) % 5]
    return np.where(account >= 0, market.companies.name[account], nothing)


def websites(market: Market) -> np.ndarray:
    """Website of the lead's company; every fifth is left blank."""
    account = market.people.account
    given = (account >= 0) & (np.arange(len(account)) % 5 > 0)
    return np.where(given, "https://www." + market.companies.domain[account], "")


def emails(market: Market) -> np.ndarray:
    """E-mail addresses: of the company's domain, or of a free provider for leads without an account."""
    given, family = full_names(market.people)
    account = market.people.account
    free = np.array(_FREE_MAIL, dtype=object)[np.arange(len(account)) % len(_FREE_MAIL)]
    domain = np.where(account >= 0, market.companies.domain[account], free)
    number = np.arange(len(account)).astype(str).astype(object)
    name = np.char.add(np.char.add(np.char.lower(given), "."), np.char.lower(family)).astype(object)
    return name + number + "@" + domain


def contact_table(market: Market, conversions: Conversions) -> pa.Table:
    """Contact.csv: one for each converted lead."""
    lead = np.flatnonzero(conversions.converted)
    given, family = full_names(market.people)
    titles = tuple(title_book()["title"])
    return pa.table(
        {
            "Id": ids_at(conversions.contact_ids, lead),
            "AccountId": ids_at(conversions.account_ids, conversions.owner[lead]),
            "FirstName": texts(given[lead]),
            "LastName": texts(family[lead]),
            "Email": texts(emails(market)[lead]),
            "Title": chosen(titles, market.people.title[lead]),
            "CreatedDate": stamps(conversions.moment[lead]),
        }
    )


def account_table(market: Market, conversions: Conversions) -> pa.Table:
    """Account.csv: accounts that a conversion made or that have other business; other leads have none yet."""
    own = len(market.account_ids)
    used = np.unique(
        np.concatenate([conversions.owner[conversions.converted], market.other_business["account"].to_numpy()])
    ).astype(np.int64)
    known = used < own
    place = np.where(known, used, 0)
    companies = market.companies
    last = companies.versions.groupby("account")[["employees", "revenue"]].last().reindex(place)
    buyers = market.people.account[market.deals["lead"].to_numpy()[market.deals["won"].fillna(value=False)]]
    customer = np.isin(used, buyers) & known
    return pa.table(
        {
            "Id": ids_at(conversions.account_ids, used),
            "Name": texts(np.where(known, companies.name[place], "Private customer")),
            "Website": texts(np.where(known, "www." + companies.domain[place], "")),
            "Industry": chosen(INDUSTRY, np.where(known, companies.industry[place], 0)),
            "NumberOfEmployees": numbers(np.where(known, last["employees"].to_numpy(), np.nan)),
            "AnnualRevenue": numbers(np.where(known, last["revenue"].to_numpy(), np.nan)),
            "BillingCountry": chosen(COUNTRY, np.where(known, companies.country[place], 0)),
            "Type": chosen(("Prospect", "Customer"), customer.astype(np.int64)),
            "CreatedDate": stamps(_account_birth(market, conversions, used)),
        }
    )


def _account_birth(market: Market, conversions: Conversions, used: np.ndarray) -> np.ndarray:
    """An account is made by the first conversion or the first business, whichever comes first."""
    birth = np.full(len(conversions.account_ids), np.inf)
    lead = np.flatnonzero(conversions.converted)
    np.minimum.at(birth, conversions.owner[lead], conversions.moment[lead])
    other = market.other_business
    np.minimum.at(birth, other["account"].to_numpy(dtype=np.int64), other["at"].to_numpy())
    return birth[used]
