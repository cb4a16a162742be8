"""Leads of the simulated market: who they are, when they came, and what is on record about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from features.simulation.chance import poisson
from features.simulation.companies import NEVER
from features.simulation.parameters import DAYS
from features.simulation.seasons import fraction_at, launch_boost, season, weekday_factor
from features.simulation.segments import COUNTRY, SOURCE

_ALONE = 0.17
_WEEKEND = 0.2
TITLE_MISSING = 0.15
LARGEST_GROUP = 40
_MILLISECONDS = 86_400_000
SOURCE_SHARES = (0.03, 0.27, 0.15, 0.15, 0.10, 0.08, 0.07, 0.05, 0.10)
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


def count_alone(leads: int) -> int:
    """How many of the leads have no account, as those that come with a free e-mail address."""
    return round(leads * _ALONE) if leads > 1 else 0


def draw_arrivals(generator: np.random.Generator, count: int) -> np.ndarray:
    """Moments in market days at which unconnected leads come: growth, season, launches, few on weekends."""
    density = (season() * launch_boost() * weekday_factor(_WEEKEND))[:DAYS] * np.linspace(0.8, 1.25, DAYS)
    total = np.cumsum(density) / density.sum()
    day = np.searchsorted(total, generator.random(count), side="right")
    return moments_within(generator, np.minimum(day, DAYS - 1))


def moments_within(generator: np.random.Generator, day: np.ndarray) -> np.ndarray:
    """Moments in market days, on whole milliseconds, at a time of day that suits the market."""
    within = np.array([fraction_at(share) for share in generator.random(len(day))])
    return np.floor((day + within) * _MILLISECONDS) / _MILLISECONDS


def joining_pace() -> np.ndarray:
    """Factor per day on the pace at which colleagues join, 1 on average over a week."""
    pace = weekday_factor(_WEEKEND)
    return pace * 7.0 / (5.0 + 2.0 * _WEEKEND)


@njit(cache=True, nogil=True)
def draw_colleagues(
    states: np.ndarray, first_day: np.ndarray, rate: np.ndarray, pace: np.ndarray, wanted: int, largest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Let colleagues join each account, every present lead bringing ``rate`` a day, until ``wanted`` leads exist.

    Each lead may bring others, so few accounts grow large (Yule 1925). Returns sizes of the accounts that it
    took, and the days of the leads that joined, account by account.
    """
    sizes = np.empty(len(first_day), dtype=np.int64)
    days = np.empty(wanted, dtype=np.int64)
    state = np.empty(1, dtype=np.uint64)
    joined, total, account = 0, 0, 0
    while total < wanted:
        state[0] = states[account]
        size = 1
        for day in range(first_day[account] + 1, len(pace)):
            more = min(poisson(state, rate[account] * size * pace[day]), largest - size, wanted - total - size)
            for _ in range(more):
                days[joined] = day
                joined += 1
            size += more
        sizes[account] = size
        total += size
        account += 1
    return sizes[:account].copy(), days[:joined].copy()


def in_groups(first: np.ndarray, sizes: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Put first and joining moments together, rising within each group."""
    group = np.concatenate([np.arange(len(sizes)), np.repeat(np.arange(len(sizes)), sizes - 1)])
    moment = np.concatenate([first, later])
    return moment[np.lexsort((moment, group))]


def draw_people(
    generator: np.random.Generator, starts: np.ndarray, created: np.ndarray, home: np.ndarray
) -> People:
    """Draw the leads; ``home`` is the country code of each account; groups after the last account have none."""
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
    title_day = np.where(
        fate >= TITLE_MISSING, day, np.where((fate >= TITLE_MISSING / 2) & (later < DAYS), later, NEVER)
    )
    source = generator.choice(len(SOURCE), size=count, p=SOURCE_SHARES)
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
