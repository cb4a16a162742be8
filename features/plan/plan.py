"""A compiled feature set, and running it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.functions import call_function
from features.history.arrays import NEVER
from features.history.from_tables import account_kind
from features.kernel import PlanArrays, behaviour_rows, run_program
from features.kernel.events import CAMPAIGN_SET, VALUES
from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import ACCOUNT_KINDS, Behaviour, LeadAge, Touch
from features.language.expression import Program, parse_expression
from features.language.rowwise import Derived, Function
from features.plan.attributes import attribute_column
from features.plan.layout import Layout, allowed

if TYPE_CHECKING:
    from features.history import History, HistoryArrays
    from features.language import Feature, FeatureSet

_MANY_ROWS = 20_000
_FIRST = np.zeros(1, np.int64)
_DAY = 86_400_000_000


@dataclass(frozen=True)
class _Events:
    """Columns over one kind of events: those of leads and colleagues, or those of accounts."""

    columns: tuple[int, ...]
    layout: Layout
    arrays: PlanArrays

    @cached_property
    def places(self) -> np.ndarray:
        """Where the columns stand in the matrix, int64."""
        return np.array(self.columns, np.int64)

    @cached_property
    def touches(self) -> list[tuple[int, Touch]]:
        """The columns that the kernel gives as numbers of kinds or channels."""
        pairs = zip(self.columns, self.layout.sources, strict=True)
        return [(column, source) for column, source in pairs if isinstance(source, Touch)]

    @cached_property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """Columns of events that are read beside kind and times: what people call them, and their names."""
        channels = bool(self.layout.channels) or any(source.what == "channel" for _, source in self.touches)
        campaigns = bool(self.layout.campaigns) or bool((self.arrays.needs & CAMPAIGN_SET).any())
        wanted = {
            ("values", "event_value"): bool((self.arrays.needs & VALUES).any()),
            ("channels", "event_channel"): channels,
            ("campaigns", "event_campaign"): campaigns,
        }
        return tuple(pair for pair, read in wanted.items() if read)


@dataclass(frozen=True)
class Plan:
    """A compiled feature set: :meth:`run` computes its matrix.

    Made by :func:`compile_plan`; valid for histories with exactly the same ``kinds``.
    """

    feature_set: FeatureSet
    kinds: tuple[str, ...]
    people: _Events
    accounts: _Events
    rest: tuple[tuple[int, Feature], ...]
    programs: tuple[tuple[int, Program], ...]

    def run(self, history: History, leads: np.ndarray, as_of: np.ndarray, *, threads: int = 2) -> np.ndarray:
        """Return the float64 matrix (rows, features) for lead numbers and moments (int64, both (rows,)).

        Categories are positions in the feature's stored levels; NaN is missing, unknown or unseen.
        """
        self._check(history)
        leads, as_of = _sealed(leads), _sealed(as_of)
        out = np.empty((len(leads), len(self.feature_set.features)))
        if self.people.columns:
            campaigns = len(history.campaigns)
            bound = self._bind(history)
            _fill(out, self.people.places, history.arrays, bound, campaigns, leads, as_of, threads)
            self._name_touches(history, out)
        if self.accounts.columns:
            owners = _sealed(history.deals_of[leads])
            _fill(out, self.accounts.places, history.deals, self.accounts.arrays, 0, owners, as_of, threads)
        for column, feature in self.rest:
            source = feature.source
            if isinstance(source, LeadAge):
                out[:, column] = (as_of - history.arrays.created_at[leads]) / _DAY
            elif isinstance(source, Function):
                out[:, column] = call_function(source, history, leads, as_of)
            elif isinstance(
                source, AttributeValue | AttributeMatch | AttributeChange | FilledShare | ColleagueAttribute
            ):
                out[:, column] = attribute_column(feature, source, history, leads, as_of)
        result = np.empty(len(leads))
        for column, program in self.programs:
            run_program(program.codes, program.constants, program.columns, out, result)
            out[:, column] = result
        return out

    def _check(self, history: History) -> None:
        if history.kinds != self.kinds:
            raise ValueError(f"plan compiled for kinds {self.kinds}, history has {history.kinds}")
        events = len(history.arrays.event_at)
        for what, column in self.people.reads:
            if len(getattr(history.arrays, column)) != events:
                raise ValueError(f"the history was read without {what}, which these features need")

    def _bind(self, history: History) -> PlanArrays:
        """Return the arrays with the tables of filters, which depend on how a history numbers its names."""
        layout, arrays = self.people.layout, self.people.arrays
        if layout.channels:
            arrays = arrays._replace(channel_ok=allowed(layout.channels, history.channels))
        if layout.campaigns:
            arrays = arrays._replace(campaign_ok=allowed(layout.campaigns, history.campaigns))
        return arrays

    def _name_touches(self, history: History, out: np.ndarray) -> None:
        """Turn the history's numbers of kinds and channels into positions in the features' levels."""
        for column, source in self.people.touches:
            names = history.kinds if source.what == "kind" else history.channels
            place = {level: float(i) for i, level in enumerate(self.feature_set.features[column].levels)}
            table = np.array([*(place.get(name, np.nan) for name in names), np.nan])
            out[:, column] = table[np.nan_to_num(out[:, column], nan=-1).astype(np.int64)]


def compile_plan(feature_set: FeatureSet, kinds: tuple[str, ...], observed_from: dict[str, int]) -> Plan:
    """Compile ``feature_set`` for histories whose event kinds are ``kinds``, in that order.

    A kind that the set names and the history lacks was never observed, so its features are unknown.
    """
    return Plan(
        feature_set,
        kinds,
        _events(feature_set, kinds, observed_from, of_accounts=False),
        _events(feature_set, ACCOUNT_KINDS, observed_from, of_accounts=True),
        tuple(
            (column, feature)
            for column, feature in enumerate(feature_set.features)
            if not isinstance(feature.source, Behaviour | Touch | Derived)
        ),
        tuple(_programs(feature_set)),
    )


def _events(
    feature_set: FeatureSet, kinds: tuple[str, ...], observed_from: dict[str, int], *, of_accounts: bool
) -> _Events:
    chosen = [
        (column, feature.source)
        for column, feature in enumerate(feature_set.features)
        if isinstance(feature.source, Behaviour | Touch)
        and (isinstance(feature.source, Behaviour) and feature.source.scope == "account") == of_accounts
    ]
    layout = Layout([source for _, source in chosen])

    def observed(kind: str) -> int:
        return observed_from.get(account_kind(kind) if of_accounts else kind, NEVER)

    return _Events(tuple(column for column, _ in chosen), layout, layout.arrays(kinds, observed))


def _programs(feature_set: FeatureSet) -> list[tuple[int, Program]]:
    found = []
    for column, feature in enumerate(feature_set.features):
        if isinstance(feature.source, Derived):
            before = [f.name for f in feature_set.features[:column] if not f.is_category]
            try:
                expression = parse_expression(feature.source.expression, before)
            except ValueError as error:
                raise ConfigError(f"feature {feature.name}: {error}") from error
            found.append((column, expression.program(feature_set.position)))
    return found


def _sealed(numbers: np.ndarray) -> np.ndarray:
    """Return a read-only view, so that the kernels need be compiled for one kind of array alone."""
    view = np.ascontiguousarray(numbers, np.int64).view()
    view.flags.writeable = False
    return view


def _fill(
    out: np.ndarray,
    places: np.ndarray,
    arrays: HistoryArrays,
    plan: PlanArrays,
    campaigns: int,
    leads: np.ndarray,
    as_of: np.ndarray,
    threads: int,
) -> None:
    """Compute the plan's columns for every row, straight into their ``places`` in ``out``."""
    if len(leads) == 1:
        behaviour_rows(arrays, plan, campaigns, leads, as_of, _FIRST, places, out)
        return
    # Neighbouring leads share cache lines, so each thread takes a stretch of the rows in lead order.
    rows = np.arange(len(leads)) if (leads[1:] >= leads[:-1]).all() else np.argsort(leads, kind="stable")

    def compute(part: np.ndarray) -> None:
        behaviour_rows(arrays, plan, campaigns, leads, as_of, part, places, out)

    if len(leads) < _MANY_ROWS or threads == 1:
        compute(rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(compute, np.array_split(rows, threads * 4)))
