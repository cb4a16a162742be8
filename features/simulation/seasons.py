"""The market's calendar: weekdays, December, growth, launches, campaigns, and the hours of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from features.simulation.parameters import CALENDAR_DAYS, DAYS, EMAIL, START, TRADE_SHOW, WEB, WEBINAR

if TYPE_CHECKING:
    from features.simulation.parameters import Parameters

#: Campaign days, on the market's own day count: a webinar every other Wednesday, a trade show every six weeks.
WEBINAR_DAYS = tuple(range(9, CALENDAR_DAYS, 14))
TRADE_SHOW_DAYS = tuple(day for first in range(30, CALENDAR_DAYS, 42) for day in (first, first + 1))
LAUNCH_DAYS = (75, 260, 440, 625, 800, 990)

#: Share of a day's events before 6:00 and before 20:00 UTC; within each part they are spread evenly.
_MORNING, _EVENING = 0.25, 20 / 24
_BEFORE_MORNING, _BEFORE_EVENING = 0.08, 0.88


class Calendar(NamedTuple):
    """Factors per day of the market, float64.

    ``pace[family, day]`` multiplies the rates of web, e-mail, webinar and trade show; ``sales[day]`` those of
    sales; ``worth[family, day]`` what an event of that day is worth; ``base[day]`` is the running total, up to
    the start of the day, of the season of opportunities out of the blue; ``activity[age]`` and
    ``effort[age]`` are the fading of a lead and of the sales work on it, by age in days.
    """

    pace: np.ndarray
    sales: np.ndarray
    worth: np.ndarray
    base: np.ndarray
    activity: np.ndarray
    effort: np.ndarray


def dates() -> pd.DatetimeIndex:
    """Dates of the market's days, UTC midnights."""
    return pd.date_range(pd.Timestamp(START, unit="us", tz="UTC"), periods=CALENDAR_DAYS, freq="D")


def season() -> np.ndarray:
    """Factor per day: a slow wave through the year with a deep low in the second half of December."""
    when = dates()
    wave = 1.0 + 0.10 * np.cos(2 * np.pi * (np.asarray(when.day_of_year) - 75) / 365.25)
    late_december = np.asarray((when.month == 12) & (when.day >= 12) | (when.month == 1) & (when.day <= 3))
    august = np.asarray(when.month == 8)
    return wave * np.where(late_december, 0.45, 1.0) * np.where(august, 0.85, 1.0)


def launch_boost() -> np.ndarray:
    """Factor per day: each product launch lifts the web for about three weeks."""
    day = np.arange(CALENDAR_DAYS)
    boost = np.ones(CALENDAR_DAYS)
    for first in LAUNCH_DAYS:
        since = day - first
        boost += np.where(since >= 0, 0.6 * np.exp(-np.maximum(since, 0) / 9.0), 0.0)
    return boost


def weekday_factor(weekend: float) -> np.ndarray:
    """Factor per day: 1 on working days, ``weekend`` on Saturdays and Sundays."""
    return np.where(np.asarray(dates().day_of_week) >= 5, weekend, 1.0)


def calendar(parameters: Parameters) -> Calendar:
    """Build the calendar; it depends on the parameters alone, not on the seed."""
    pace = np.zeros((4, CALENDAR_DAYS))
    pace[WEB] = season() * launch_boost() * weekday_factor(0.35)
    pace[EMAIL] = season() * weekday_factor(0.15) * np.where(np.asarray(dates().day_of_week) == 1, 1.8, 1.0)
    pace[WEBINAR, list(WEBINAR_DAYS)] = 14.0
    pace[TRADE_SHOW, [day for day in TRADE_SHOW_DAYS if day < CALENDAR_DAYS]] = 21.0
    worth = np.ones((4, CALENDAR_DAYS))
    second_year = np.clip((np.arange(CALENDAR_DAYS) - DAYS / 2) / (DAYS / 2), 0.0, 1.0)
    worth[WEBINAR] = 1.0 - parameters.webinar_drift * second_year
    base = np.concatenate([[0.0], np.cumsum(season())])
    age = np.arange(CALENDAR_DAYS)
    activity = (
        parameters.activity_floor
        + parameters.activity_fresh * np.exp(-age / parameters.activity_fresh_days)
        + parameters.activity_warm * np.exp(-age / parameters.activity_warm_days)
    )
    effort = np.where(age < parameters.sales_days, np.exp(-age / parameters.sales_fade_days), 0.0)
    return Calendar(pace, weekday_factor(0.0) * season(), worth, base, activity, effort)


@njit(cache=True, nogil=True)
def elapsed(fraction: float) -> float:
    """Share of a day's events that fall before this fraction of the day."""
    if fraction < _MORNING:
        return _BEFORE_MORNING * fraction / _MORNING
    if fraction < _EVENING:
        return _BEFORE_MORNING + (_BEFORE_EVENING - _BEFORE_MORNING) * (fraction - _MORNING) / (
            _EVENING - _MORNING
        )
    return _BEFORE_EVENING + (1.0 - _BEFORE_EVENING) * (fraction - _EVENING) / (1.0 - _EVENING)


@njit(cache=True, nogil=True)
def fraction_at(share: float) -> float:
    """Fraction of the day at which this share of the day's events has happened: inverse of :func:`elapsed`."""
    if share < _BEFORE_MORNING:
        return share * _MORNING / _BEFORE_MORNING
    if share < _BEFORE_EVENING:
        return _MORNING + (share - _BEFORE_MORNING) * (_EVENING - _MORNING) / (_BEFORE_EVENING - _BEFORE_MORNING)
    return _EVENING + (share - _BEFORE_EVENING) * (1.0 - _EVENING) / (1.0 - _BEFORE_EVENING)


@njit(cache=True, nogil=True)
def base_total(base: np.ndarray, moment: float) -> float:
    """Running total of the base season up to a moment, in market days, even within a day."""
    day = int(moment)
    return base[day] + (base[day + 1] - base[day]) * (moment - day)
