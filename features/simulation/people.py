"""Leads of the simulated market: who they are, when they came, and what is on record about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.simulation.companies import NEVER
from features.simulation.parameters import DAYS
from features.simulation.seasons import fraction_at, launch_boost, season, weekday_factor
from features.simulation.segments import COUNTRY, SOURCE

_ALONE = 0.17
_LARGEST_GROUP = 40
_MILLISECONDS = 86_400_000
_SOURCE_SHARES = (0.03, 0.27, 0.15, 0.15, 0.10, 0.08, 0.07, 0.05, 0.10)
_GIVEN = ("Anna", "Ben", "Chloe", "David", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jan", "Kavya", "Liam", "Mei")
_FAMILY = ("Almeida", "Becker", "Cohen", "Dubois", "Evans", "Fischer", "Gupta", "Haas", "Ivanov", "Jones", "Klein")

# Job titles by seniority code, with the weight of that seniority; {f} is a function's name.
_TITLES: tuple[tuple[int, float, tuple[str, ...]], ...] = (
    (1, 0.06, ("Student", "{f} Intern", "Working Student {f}", "Trainee {f}")),
    (2, 0.36, ("{f} Specialist", "{f} Analyst", "Senior {f} Specialist", "{f} Engineer", "Sr. {f} Analyst")),
    (
        3,
        0.31,
        ("{f} Manager", "Manager {f}", "Mgr. {f}", "Team Lead {f}", "Senior {f} Manager", "{f} manager EMEA"),
    ),
    (4, 0.16, ("Director {f}", "Director of {f}", "Head of {f}", "Dir. {f}", "Senior Director, {f}")),
    (
        5,
        0.11,
        ("VP {f}", "Vice President {f}", "Chief {f} Officer", "SVP {f}", "Managing Director", "Founder & CEO"),
    ),
)
_FUNCTIONS: tuple[tuple[int, float, tuple[str, ...]], ...] = (
    (2, 0.40, ("Operations", "IT", "Supply Chain", "Information Technology")),
    (1, 0.35, ("Finance", "Engineering", "Quality", "Procurement")),
    (0, 0.25, ("Marketing", "HR", "Sales", "Human Resources")),
)


@dataclass(frozen=True)
class People:
    """Leads by position, grouped: group g is ``starts[g]:starts[g + 1]``, rising in ``created``.

    A group is an account's leads, or one lead without an account (``account`` -1). ``created`` is in market
    days (float, whole milliseconds). ``title`` indexes :func:`title_book`; it is on record from ``title_day``
    (the day of creation, a later midnight, or never). ``source`` and ``country`` are codes, 0 for missing.
    """

    starts: np.ndarray
    account: np.ndarray
    created: np.ndarray
    title: np.ndarray
    title_day: np.ndarray
    source: np.ndarray
    country: np.ndarray
    given: np.ndarray
    family: np.ndarray


def title_book() -> pd.DataFrame:
    """Every job title with its seniority and function codes and its share of leads."""
    rows = []
    for seniority, share, forms in _TITLES:
        for function, part, names in _FUNCTIONS:
            for form in forms:
                # A title without a function reads as the neutral one, once.
                spelled = [form.format(f=name) for name in names] if "{f}" in form else [form]
                if "{f}" not in form and function != 1:
                    continue
                weight = share / len(forms) * (part if "{f}" in form else 1.0) / len(spelled)
                rows += [(text, seniority, function, weight) for text in spelled]
    book = pd.DataFrame(rows, columns=["title", "seniority", "function", "share"])
    variant = book.iloc[::7].assign(title=book["title"].iloc[::7].str.upper(), share=book["share"].iloc[::7] / 4)
    book = pd.concat([book, variant], ignore_index=True)
    book["share"] /= book["share"].sum()
    return book


def group_sizes(generator: np.random.Generator, leads: int) -> tuple[np.ndarray, int]:
    """Sizes of the buying groups, accounts first, and how many of them are accounts; they sum to ``leads``."""
    alone = int(round(leads * _ALONE)) if leads > 1 else 0
    wanted = leads - alone
    sizes = np.minimum(np.floor(generator.pareto(1.45, wanted) + 1.0), _LARGEST_GROUP).astype(np.int64)
    totals = np.cumsum(sizes)
    accounts = int(np.searchsorted(totals, wanted)) + 1
    sizes = sizes[:accounts].copy()
    sizes[-1] -= totals[accounts - 1] - wanted
    return np.concatenate([sizes, np.ones(alone, dtype=np.int64)]), accounts


def draw_moments(generator: np.random.Generator, starts: np.ndarray) -> np.ndarray:
    """Creation moments in market days, rising within each group; colleagues tend to follow the first lead."""
    sizes = np.diff(starts)
    count = int(starts[-1])
    density = (season() * launch_boost() * weekday_factor(0.2))[:DAYS] * np.linspace(0.8, 1.25, DAYS)
    total = np.cumsum(density) / density.sum()
    fresh = np.searchsorted(total, generator.random(count), side="right")
    first = np.repeat(fresh[starts[:-1]], sizes)
    follows = first + generator.exponential(80.0, count).astype(np.int64)
    is_first = np.zeros(count, dtype=bool)
    is_first[starts[:-1]] = True
    follow = ~is_first & (generator.random(count) < 0.6) & (follows < DAYS)
    day = np.where(follow, follows, fresh)
    within = np.array([fraction_at(share) for share in generator.random(count)])
    moment = (np.floor((day + within) * _MILLISECONDS)) / _MILLISECONDS
    group = np.repeat(np.arange(len(sizes)), sizes)
    return moment[np.lexsort((moment, group))]


def draw_people(
    generator: np.random.Generator, starts: np.ndarray, created: np.ndarray, home: np.ndarray
) -> People:
    """Draw the leads; ``home`` is the country code of each account, and groups after the last account have none."""
    count = len(created)
    group = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    account = np.where(group < len(home), group, -1)
    strays = generator.integers(1, len(COUNTRY), count)
    at_home = (account >= 0) & (generator.random(count) < 0.93)
    book = title_book()
    title = generator.choice(len(book), size=count, p=book["share"].to_numpy())
    day = created.astype(np.int64)
    later = day + 1 + generator.exponential(35.0, count).astype(np.int64)
    fate = generator.random(count)
    title_day = np.where(fate >= 0.15, day, np.where((fate >= 0.07) & (later < DAYS), later, NEVER))
    source = generator.choice(len(SOURCE), size=count, p=_SOURCE_SHARES)
    country = np.where(at_home, home[account], strays)
    country = np.where(generator.random(count) < 0.06, 0, country)
    return People(
        starts=starts,
        account=account,
        created=created,
        title=title,
        title_day=title_day.astype(np.int32),
        source=source,
        country=country,
        given=generator.integers(0, len(_GIVEN), count),
        family=generator.integers(0, len(_FAMILY), count),
    )


def full_names(people: People) -> tuple[np.ndarray, np.ndarray]:
    """Given and family names of the leads, as text."""
    return np.array(_GIVEN)[people.given], np.array(_FAMILY)[people.family]
