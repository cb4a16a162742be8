"""A compiled feature set, and running it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, get_args

import numpy as np

from features.errors import ConfigError
from features.functions import call_function
from features.history.arrays import NEVER
from features.history.from_tables import account_kind
from features.kernel import PlanArrays, TallyArrays, behaviour_rows, run_program, tally_rows
from features.kernel.plan_arrays import CAMPAIGN_SET, VALUES
from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import ACCOUNT_KINDS, Behaviour, LeadAge, Scope, Touch
from features.language.expression import Program, parse_expression
from features.language.rowwise import Derived, Function
from features.plan.attributes import attribute_column
from features.plan.layout import Layout, allowed
from features.plan.readings import readings_of
from features.plan.tallies import Tallies, is_tallied, kernel_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from features.history import History
    from features.language import Feature, FeatureSet
    from features.plan.readings import Reading

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
class _Tallied:
    """Columns that need only counts by kind, over the events of one scope."""

    of_accounts: bool
    places: np.ndarray
    arrays: TallyArrays


@dataclass(frozen=True)
class Plan:
    """A compiled feature set: :meth:`run` computes its matrix.

    Made by :func:`compile_plan`; valid for histories with exactly the same ``kinds``.
    """

    feature_set: FeatureSet
    kinds: tuple[str, ...]
    people: _Events
    accounts: _Events
    tallied: tuple[_Tallied, ...]
    readings: tuple[Reading, ...]
    rest: tuple[tuple[int, Feature], ...]
    programs: tuple[tuple[int, Program], ...]

    def run(self, history: History, leads: np.ndarray, as_of: np.ndarray, *, threads: int = 2) -> np.ndarray:
        """Return the float64 matrix (rows, features) for lead numbers and moments (int64, both (rows,)).

        Categories are positions in the feature's stored levels; NaN is missing, unknown or unseen.
        """
        self._check(history)
        leads, as_of = _sealed(leads), _sealed(as_of)
        out = np.empty((len(leads), len(self.feature_set.features)))
        parts = _parts(leads, threads)
        owners = _sealed(history.deals_of[leads]) if self._reads_deals else leads
        for tallied in self.tallied:
            arrays, of = (history.deals, owners) if tallied.of_accounts else (history.arrays, leads)
            _share_out(tally_rows, parts, threads, (arrays, tallied.arrays, of, as_of), (tallied.places, out))
        if self.people.columns:
            given = (history.arrays, self._bind(history), len(history.campaigns), leads, as_of)
            _share_out(behaviour_rows, parts, threads, given, (self.people.places, out))
            self._name_touches(history, out)
        if self.accounts.columns:
            given = (history.deals, self.accounts.arrays, 0, owners, as_of)
            _share_out(behaviour_rows, parts, threads, given, (self.accounts.places, out))
        out[:, self.attribute_columns] = np.nan
        for reading in self.readings:
            reading.write(history, leads, as_of, out)
        for column, feature in self.rest:
            source = feature.source
            if isinstance(source, LeadAge):
                out[:, column] = (as_of - history.arrays.created_at[leads]) / _DAY
            elif isinstance(source, Function):
                out[:, column] = call_function(source, history, leads, as_of)
            elif isinstance(source, AttributeChange | FilledShare | ColleagueAttribute):
                out[:, column] = attribute_column(source, history, leads, as_of)
        result = np.empty(len(leads))
        for column, program in self.programs:
            run_program(program.codes, program.constants, program.columns, out, result)
            out[:, column] = result
        return out

    @cached_property
    def attribute_columns(self) -> np.ndarray:
        """Columns of attributes' values and matches, int64: missing but where the history knows a version."""
        return np.array([column for reading in self.readings for column in reading.columns], np.int64)

    @cached_property
    def _reads_deals(self) -> bool:
        return bool(self.accounts.columns) or any(tallied.of_accounts for tallied in self.tallied)

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
        tuple(_tallied(feature_set, kinds, observed_from)),
        readings_of(feature_set),
        tuple(
            (column, feature)
            for column, feature in enumerate(feature_set.features)
            if not isinstance(feature.source, Behaviour | Touch | Derived | AttributeValue | AttributeMatch)
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
        and not is_tallied(feature.source)
        and (isinstance(feature.source, Behaviour) and feature.source.scope == "account") == of_accounts
    ]
    layout = Layout([source for _, source in chosen])
    arrays = layout.arrays(kinds, _observed(observed_from, of_accounts=of_accounts))
    return _Events(tuple(column for column, _ in chosen), layout, arrays)


def _tallied(feature_set: FeatureSet, kinds: tuple[str, ...], observed_from: dict[str, int]) -> Iterable[_Tallied]:
    for scope in get_args(Scope):
        chosen = [
            (column, feature.source)
            for column, feature in enumerate(feature_set.features)
            if isinstance(feature.source, Behaviour)
            and is_tallied(feature.source)
            and feature.source.scope == scope
        ]
        if not chosen:
            continue
        chosen.sort(key=lambda pair: kernel_order(pair[1]))
        of_accounts = scope == "account"
        tallies = Tallies([source for _, source in chosen], ACCOUNT_KINDS if of_accounts else kinds)
        observed = _observed(observed_from, of_accounts=of_accounts)
        arrays = tallies.arrays(observed, colleagues=scope == "colleagues")
        yield _Tallied(of_accounts, np.array([column for column, _ in chosen], np.int64), arrays)


def _observed(observed_from: dict[str, int], *, of_accounts: bool) -> Callable[[str], int]:
    """Return from when on a kind was observed, as a function."""
    return lambda kind: observed_from.get(account_kind(kind) if of_accounts else kind, NEVER)


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


def _parts(leads: np.ndarray, threads: int) -> list[np.ndarray]:
    """Return the rows in the stretches that threads take: neighbouring leads share cache lines."""
    if len(leads) == 1:
        return [_FIRST]
    rows = np.arange(len(leads)) if (leads[1:] >= leads[:-1]).all() else np.argsort(leads, kind="stable")
    return [rows] if len(leads) < _MANY_ROWS or threads == 1 else np.array_split(rows, threads * 4)


def _share_out(
    kernel: Callable[..., None],
    parts: list[np.ndarray],
    threads: int,
    before: tuple[object, ...],
    after: tuple[object, ...],
) -> None:
    """Run a kernel on every part of the rows; it takes the part between the arguments ``before`` and ``after``."""
    if len(parts) == 1:
        kernel(*before, parts[0], *after)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda part: kernel(*before, part, *after), parts))
