"""Accounts of the simulated market: firmographics, what is missing, what is filled in, and growth over time."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from features.simulation.parameters import DAYS
from features.simulation.segments import COUNTRY, INDUSTRY, SIZE_FROM

NEVER = np.int32(2**30)
_UPDATES = 5
_INDUSTRY_SHARES = (0.20, 0.17, 0.12, 0.10, 0.10, 0.09, 0.06, 0.06, 0.05, 0.05)
_COUNTRY_SHARES = (0.30, 0.22, 0.13, 0.11, 0.08, 0.10, 0.06)
_FIRST = ("Alder", "Baltic", "Cobalt", "Delta", "Elbe", "Ferro", "Granite", "Harbour", "Inter", "Juno", "Kestrel")
_SECOND = ("bridge", "con", "data", "fab", "gate", "line", "med", "net", "port", "stone", "tech", "ware", "works")
_FORM = ("GmbH", "Inc.", "Ltd", "SAS", "BV", "Pvt Ltd", "SA")


@dataclass(frozen=True)
class Companies:
    """Accounts by position. ``versions`` has account, day, employees, revenue, rising in account and day.

    ``industry`` and ``country`` are codes; ``industry_day`` is the market day from which the industry is on
    record: the account's first day, a later midnight, or :data:`NEVER`. Employees and revenue are on record
    from the account's first version on.
    """

    name: np.ndarray
    domain: np.ndarray
    industry: np.ndarray
    industry_day: np.ndarray
    country: np.ndarray
    first_day: np.ndarray
    versions: pd.DataFrame


def draw_companies(generator: np.random.Generator, first_day: np.ndarray) -> Companies:
    """Draw one company per account; ``first_day`` is the market day of its first lead."""
    count = len(first_day)
    industry = generator.choice(np.arange(1, len(INDUSTRY)), size=count, p=_INDUSTRY_SHARES)
    country = generator.choice(np.arange(1, len(COUNTRY)), size=count, p=_COUNTRY_SHARES)
    employees = np.exp(generator.normal(np.log(180), 1.6, count))
    per_head = np.exp(generator.normal(np.log(160_000), 0.5, count))
    industry_day = _on_record(generator, first_day, missing=0.10)
    size_day = _on_record(generator, first_day, missing=0.18)
    number = np.arange(count)
    stem = pd.Series(np.array(_FIRST)[number % len(_FIRST)]) + np.array(_SECOND)[number // 11 % len(_SECOND)]
    tail = pd.Series(number // 143).astype(str).where(number >= 143, "")
    name = (stem + (" " + tail).where(tail != "", "") + " " + np.array(_FORM)[country - 1]).to_numpy(dtype=object)
    domain = (stem.str.lower() + tail + ".example").to_numpy(dtype=object)
    versions = _versions(generator, size_day, employees, per_head)
    return Companies(name, domain, industry, industry_day, country, first_day, versions)


def _on_record(generator: np.random.Generator, first_day: np.ndarray, missing: float) -> np.ndarray:
    """Day from which a value is on record: at once, after a while, or never (half of the missing ones)."""
    count = len(first_day)
    later = first_day + 1 + generator.exponential(50.0, count).astype(np.int64)
    fate = generator.random(count)
    day = np.where(fate >= missing, first_day, np.where(fate >= missing / 2, later, NEVER))
    return np.where(day >= DAYS, NEVER, day).astype(np.int32)


def _versions(
    generator: np.random.Generator, size_day: np.ndarray, employees: np.ndarray, per_head: np.ndarray
) -> pd.DataFrame:
    count = len(size_day)
    gaps = 60 + generator.exponential(160.0, (count, _UPDATES)).astype(np.int64)
    days = np.column_stack([size_day, size_day[:, None] + np.cumsum(gaps, axis=1)])
    yearly = generator.normal(0.08, 0.25, count)
    years = (days - size_day[:, None]) / 365.25
    heads = np.maximum(np.rint(employees[:, None] * np.exp(yearly[:, None] * years)), 1.0)
    noise = np.exp(generator.normal(0.0, 0.05, heads.shape))
    revenue = np.rint(heads * per_head[:, None] * noise / 1000.0) * 1000.0
    kept = days < DAYS
    account = np.broadcast_to(np.arange(count)[:, None], days.shape)[kept]
    return pd.DataFrame(
        {"account": account, "day": days[kept], "employees": heads[kept], "revenue": revenue[kept]}
    )


def first_companies(companies: Companies, count: int) -> Companies:
    """Return the first ``count`` companies."""
    columns = {f.name: getattr(companies, f.name)[:count] for f in fields(companies) if f.name != "versions"}
    versions = companies.versions[companies.versions["account"] < count]
    return Companies(**columns, versions=versions)


def first_sizes(companies: Companies) -> np.ndarray:
    """Size code on record on each account's first day, 0 where it is missing."""
    first = companies.versions.groupby("account").first().reindex(np.arange(len(companies.name)))
    known = (first["day"] == companies.first_day).to_numpy()
    return np.where(known, size_codes(first["employees"].fillna(1.0).to_numpy()), 0)


def size_codes(employees: np.ndarray) -> np.ndarray:
    """Code of :data:`~features.simulation.segments.SIZE` for known numbers of employees."""
    return np.searchsorted(np.array(SIZE_FROM), employees, side="right").astype(np.int64)
