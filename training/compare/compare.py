"""Any two scorers, cards or registered models, on rows that neither learnt from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.facts import Dataset
from features.facts.publish import silent
from models.registry import Registry
from training.compare.churn import measure_churn
from training.compare.finds import measure_finds
from training.compare.ground import Ground, find_ground
from training.compare.keep import keep
from training.compare.names import dataset_path, is_card, label_of
from training.compare.origins import compare_origins
from training.compare.periods import measure_periods
from training.compare.result import Compared
from training.compare.segments import measure_segments
from training.compare.side import BaseRate, Side, calibrated_card, take_side
from training.comparison import compare_arms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.lead_model import LeadModel


def compare_scorers(
    a: str,
    b: str,
    dataset: Path | None = None,
    *,
    uri: str | None = None,
    capacity: int | None = None,
    step: Callable[[str], None] = silent,
) -> Compared:
    """Compare two scorers, each a version, an alias, or a card's file or shipped name.

    Rows are those of the first model's specification, from the later of the models' test periods on, and without
    accounts that either learnt from. Cards are calibrated on the training rows. The result is kept with the run
    of the first model, under ``comparisons/``.

    Raises
    ------
    ConfigError
        Both are cards and no dataset is named, the models' horizons differ, or no row is left to compare on.

    """
    if a == b:
        raise ConfigError(f"{a!r} against itself: name two different scorers")
    step("loading both")
    registry = Registry(uri)
    loaded = {name: None if is_card(name) else registry.load(name) for name in (a, b)}
    trained = [model for model in loaded.values() if model is not None]
    labels = [label_of(name, loaded[name]) for name in (a, b)]
    if labels[0] == labels[1]:
        raise ConfigError(f"{a!r} and {b!r} are the same {labels[0]}: name two different scorers")
    opened = Dataset.open(dataset or _dataset_of(registry, trained))
    ground = find_ground(opened, trained, step)
    step(f"computing both's features of {len(ground.held):,} held-out rows and {len(ground.opened):,} open leads")
    first = _side(a, labels[0], loaded[a], ground)
    second = _side(b, labels[1], loaded[b], ground, first)
    result = compare_sides(ground, first, second, capacity=capacity, step=step)
    step("comparing at the origins of both backtests")
    models, called = (loaded[a], loaded[b]), (first.label, second.label)
    result = replace(result, origins=compare_origins(registry, models, called, ground.spec.seed))
    if trained:
        step("keeping the comparison with the run")
        keep(registry, trained[0], f"{a}-against-{b}".replace("/", "_"), result)
    return result


def _dataset_of(registry: Registry, trained: list[LeadModel]) -> Path:
    if not trained:
        raise ConfigError("two cards: on which leads?", hint="name a dataset as the third argument")
    return dataset_path(registry, trained[0].version)


def _side(name: str, label: str, model: LeadModel | None, ground: Ground, like: Side | None = None) -> Side:
    scorer = model if model is not None else calibrated_card(name, ground)
    return take_side(label, scorer, ground, like)


def compare_sides(
    ground: Ground,
    a: Side,
    b: Side,
    *,
    capacity: int | None = None,
    step: Callable[[str], None] = silent,
) -> Compared:
    """Compare two scorers whose features are computed; ``capacity`` is leads called a week."""
    step("resampling accounts")
    held, spec = ground.held, ground.spec
    comparison = compare_arms(
        {side.label: side.arm for side in (a, b)},
        labels=held.label,
        clusters=ground.accounts,
        lead_ids=ground.lead_ids,
        as_of=held.as_of,
        capacity=capacity or spec.capacity,
        reference=b.label,
        seed=spec.seed,
        weights=ground.weight,
    )
    step("comparing segment by segment and stretch by stretch")
    segments = measure_segments(ground, a, b)
    periods = measure_periods(ground, a, b)
    step("looking at the leads that only one finds, and at grades that would change")
    finds = measure_finds(ground, a, b, comparison.capacity, spec.seed)
    churn = None if isinstance(b.scorer, BaseRate) else measure_churn(ground, a, b)
    return Compared(a, b, ground, comparison, segments, periods, finds, churn)
