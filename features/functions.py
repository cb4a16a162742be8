"""Python functions as features, for what the declared language cannot say: the same code offline and online.

Register a function in a module that training and serving can import, and name it in a feature set::

    from features.functions import LeadView, feature_function

    @feature_function
    def days_from_webinar_to_pricing(lead: LeadView) -> float | None:
        ...

It is given what was known of one lead before one moment, and nothing else, so it cannot look ahead.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from features.errors import ConfigError, did_you_mean
from features.kernel.search import upper_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.history import History
    from features.language import Entity, Function

_REGISTERED: dict[tuple[str, str], Callable[[LeadView], float | None]] = {}
_F = TypeVar("_F", bound="Callable[[LeadView], float | None]")


class SeenEvent(NamedTuple):
    """An event that was known: time in microseconds since 1970 UTC, what it was, and its value, NaN for none."""

    at: int
    kind: str
    value: float
    channel: str | None
    campaign: str | None


@dataclass(frozen=True)
class LeadView:
    """What was known of one lead before ``as_of``; times in microseconds since 1970 UTC, events oldest first.

    ``attributes`` holds the values by (entity, name), those that are empty left out. ``colleagues`` are the other
    leads of the account that existed by then, None for a lead without an account.
    """

    as_of: int
    created_at: int
    events: tuple[SeenEvent, ...]
    attributes: dict[tuple[Entity, str], str]
    colleagues: tuple[LeadView, ...] | None = None


def feature_function(function: _F) -> _F:
    """Register a function of a :class:`LeadView` that returns a number, or None where there is none."""
    _REGISTERED[function.__module__, function.__name__] = function
    return function


def find_function(module: str, name: str) -> tuple[Callable[[LeadView], float | None], str]:
    """Import a module and return one of its registered functions and the digest of its source.

    Raises
    ------
    ConfigError
        The module cannot be imported, or has not registered a function of that name.

    """
    try:
        importlib.import_module(module)
    except (Exception, SystemExit) as error:
        message = f"function {module}:{name}: the module cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError(message, hint="install it, or put its folder on PYTHONPATH") from error
    function = _REGISTERED.get((module, name))
    if function is None:
        here = [known for where, known in _REGISTERED if where == module]
        message = f"function {module}:{name}: {module} registers no such function; {did_you_mean(name, here)}"
        raise ConfigError(message, hint="put @feature_function from features.functions above it")
    return function, hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


@lru_cache
def _resolve(source: Function) -> Callable[[LeadView], float | None]:
    function, digest = find_function(source.module, source.function)
    if digest != source.digest:
        message = (
            f"function {source.module}:{source.function} is not the one that the model was trained with "
            f"(source {digest}, then {source.digest}), so its numbers would mean something else"
        )
        raise ConfigError(message, hint="restore the old source, or train again")
    return function


def call_function(source: Function, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Return a function's value for each (lead, as_of) row, float64 (rows,), NaN where it gives none.

    Raises
    ------
    ConfigError
        The function fails, or gives something that is no number.

    """
    function = _resolve(source)
    out = np.empty(len(leads))
    for row, (lead, now) in enumerate(zip(leads.tolist(), as_of.tolist(), strict=True)):
        out[row] = value_of(source, function, view_of(history, lead, now))
    return out


def value_of(source: Function, function: Callable[[LeadView], float | None], view: LeadView) -> float:
    """Call a registered function on a view; what is not finite is missing."""
    name = f"function {source.module}:{source.function}"
    try:
        value: Any = function(view)
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{name} failed on a lead: {type(error).__name__}: {error}") from error
    if value is None:
        return math.nan
    if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
        raise ConfigError(f"{name} gave {value!r} ({type(value).__name__}); expected a number or None")
    try:
        number = float(value)
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def view_of(history: History, lead: int, as_of: int) -> LeadView:
    """Return what a history holds of a lead, and of its colleagues, as known before a moment."""
    arrays = history.arrays
    first, last = int(arrays.group_start[lead]), int(arrays.group_end[lead])
    colleagues = None
    if first >= 0:
        colleagues = tuple(
            _view(history, other, as_of, None)
            for other in range(first, last)
            if other != lead and arrays.created_at[other] < as_of
        )
    return _view(history, lead, as_of, colleagues)


def _view(history: History, lead: int, as_of: int, colleagues: tuple[LeadView, ...] | None) -> LeadView:
    arrays = history.arrays
    low = int(arrays.lead_start[lead])
    high = upper_bound(arrays.event_at, low, int(arrays.lead_start[lead + 1]), as_of)
    seen = [i for i in range(low, high) if arrays.event_known[i] < as_of]
    events = tuple(
        SeenEvent(
            int(arrays.event_at[i]),
            history.kinds[arrays.event_kind[i]],
            float(arrays.event_value[i]),
            _name(history.channels, arrays.event_channel, i),
            _name(history.campaigns, arrays.event_campaign, i),
        )
        for i in seen
    )
    return LeadView(as_of, int(arrays.created_at[lead]), events, _attributes(history, lead, as_of), colleagues)


def _name(names: tuple[str, ...], codes: np.ndarray, position: int) -> str | None:
    code = int(codes[position])
    return None if code < 0 else names[code]


def _attributes(history: History, lead: int, as_of: int) -> dict[tuple[Entity, str], str]:
    known: dict[tuple[Entity, str], str] = {}
    for (entity, name), versions in history.versions.items():
        owner = lead if entity == "lead" else int(history.account_of[lead])
        if owner < 0:
            continue
        low = int(versions.start[owner])
        position = upper_bound(versions.known_at, low, int(versions.start[owner + 1]), as_of)
        if position > low and versions.code[position - 1] >= 0:
            known[entity, name] = versions.vocabulary[versions.code[position - 1]]
    return known
