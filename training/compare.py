"""Any two scorers, cards or registered models, on rows that neither learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import models
from features.errors import ConfigError
from features.facts import Dataset
from features.facts.clock import format_moment
from features.facts.publish import silent
from features.history import History
from features.language import profile_dataset
from features.plan import compile_plan
from models.calibration import LogitLine
from models.card import read_card
from models.registry import Registry
from training.comparison import Arm, Comparison, compare_arms
from training.material import bound_card, shipped
from training.plots import gains_figure
from training.rows import Rows, build_rows
from training.spec import TrainingSpec, read_spec
from training.split import Parts, cluster_ids, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from models.card_scorer import CardScorer
    from models.lead_model import LeadModel


@dataclass(frozen=True)
class Compared:
    """The comparison, its plot, and in a sentence on which rows it stands."""

    comparison: Comparison
    figure: Figure
    rows_said: str


@dataclass(frozen=True)
class _Ground:
    """The rows that a comparison stands on, and those that a card may be calibrated on."""

    history: History
    rows: Rows
    held_out: np.ndarray
    train: np.ndarray
    spec: TrainingSpec


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
        Both are cards and no dataset is named, or the models' horizons differ.

    """
    if a == b:
        raise ConfigError(f"{a!r} against itself: name two different scorers")
    step("loading both")
    registry = Registry(uri)
    loaded = {name: None if is_card(name) else registry.load(name) for name in (a, b)}
    trained = {name: model for name, model in loaded.items() if model is not None}
    folder = dataset or _dataset_of(registry, trained)
    opened = Dataset.open(folder)
    ground = _ground(opened, list(trained.values()), step)
    step("scoring the held-out rows with both")
    labels = [_label(name, loaded[name]) for name in (a, b)]
    if labels[0] == labels[1]:
        raise ConfigError(f"{a!r} and {b!r} are the same {labels[0]}: name two different scorers")
    arms = {label: _arm(name, loaded[name], opened, ground) for label, name in zip(labels, (a, b), strict=True)}
    held = ground.rows.take(ground.held_out)
    distinct, where = np.unique(held.cluster, return_inverse=True)
    step("resampling accounts")
    comparison = compare_arms(
        arms,
        labels=held.label,
        clusters=np.array(cluster_ids(distinct, ground.history), object)[where],
        lead_ids=ground.history.lead_ids[held.lead],
        as_of=held.as_of,
        capacity=capacity or ground.spec.capacity,
        reference=list(arms)[1],
        seed=ground.spec.seed,
    )
    figure = gains_figure({name: np.asarray(arm.score) for name, arm in arms.items()}, held.label)
    result = Compared(comparison, figure, _said(ground, opened))
    if trained:
        _keep(registry, next(iter(trained.values())), f"{a}-against-{b}".replace("/", "_"), result)
    return result


def is_card(name: str) -> bool:
    """Tell whether a name is a card's file, or that of a shipped card, rather than a version or alias."""
    inside = Path(models.__file__).parent / "cards" / f"{name}.yaml"
    return name.endswith((".yaml", ".yml")) or inside.is_file()


def _dataset_of(registry: Registry, trained: dict[str, LeadModel]) -> Path:
    if not trained:
        raise ConfigError("two cards: on which leads?", hint="name a dataset as the third argument")
    tags = registry.resolve(next(iter(trained.values())).version).tags
    if "dataset.path" not in tags:
        raise ConfigError(
            "the model does not say which dataset it was trained on", hint="name one as third argument"
        )
    return Path(tags["dataset.path"])


def _label(name: str, model: LeadModel | None) -> str:
    if model is not None:
        return f"version {model.version}"
    return f"card {read_card(shipped('cards', name)).label}"


def _ground(dataset: Dataset, trained: list[LeadModel], step: Callable[[str], None]) -> _Ground:
    """Find the rows that none of the models learnt from."""
    specs = [TrainingSpec.model_validate(model.manifest.details["spec"]) for model in trained]
    spec = specs[0] if specs else read_spec("default")
    if len({s.horizon_us for s in specs}) > 1:
        horizons = " and ".join(s.horizon_text for s in specs)
        raise ConfigError(f"the models speak of different horizons, {horizons}: no row has both labels")
    step("reading the history")
    history = History.from_dataset(dataset)
    rows = build_rows(dataset, history, spec.snapshots, spec.horizon_us)
    first = _split(rows, history, spec, trained[0] if trained else None)
    held_out, train = first.test.copy(), first.train
    if any(model.manifest.dataset_digest != dataset.manifest.digest for model in trained):
        # On other data than a model's own, which accounts it learnt from is known only by their age.
        held_out &= ~np.isin(rows.cluster, rows.cluster[rows.as_of < first.test_from])
    for model, other in zip(trained[1:], specs[1:], strict=True):
        own = build_rows(dataset, history, other.snapshots, other.horizon_us)
        parts = _split(own, history, other, model)
        held_out &= rows.as_of >= parts.test_from
        if other.split.accounts == "disjoint":
            held_out &= ~np.isin(rows.cluster, own.cluster[parts.train])
    return _Ground(history, rows, held_out, train, spec)


def _split(rows: Rows, history: History, spec: TrainingSpec, model: LeadModel | None) -> Parts:
    """Split as the model's training did: at its own date, whatever the dataset has gained since."""
    split = spec.split
    if model is not None:
        split = split.model_copy(update={"test_from": format_moment(model.manifest.details["test_from"])})
    return split_rows(rows, history, split, spec.horizon_us)


def _arm(name: str, model: LeadModel | None, dataset: Dataset, ground: _Ground) -> Arm:
    held = ground.rows.take(ground.held_out)
    scorer = model if model is not None else _calibrated(name, dataset, ground)
    matrix = _matrix(scorer, ground.history, held)
    return Arm(scorer.total(matrix), scorer.probability(matrix))


def _calibrated(name: str, dataset: Dataset, ground: _Ground) -> CardScorer:
    card = bound_card(name, profile_dataset(dataset))
    learn = ground.rows.take(ground.train)
    points = card.total(_matrix(card, ground.history, learn))
    return replace(card, calibration=LogitLine.fit(points, learn.label))


def _matrix(scorer: LeadModel | CardScorer, history: History, rows: Rows) -> np.ndarray:
    plan = compile_plan(scorer.feature_set, history.kinds, history.observed_from)
    return plan.run(history, rows.lead, rows.as_of)


def _said(ground: _Ground, dataset: Dataset) -> str:
    held = ground.rows.take(ground.held_out)
    return (
        f"{len(held):,} rows of {dataset.path} with {held.positives:,} positive, "
        f"{format_moment(int(held.as_of.min()))[:10]} to {format_moment(int(held.as_of.max()))[:10]}, "
        "which neither learnt from."
    )


def _keep(registry: Registry, model: LeadModel, name: str, result: Compared) -> None:
    run_id = registry.resolve(model.version).run_id
    registry.client.log_text(run_id, result.comparison.to_json(), f"comparisons/{name}.json")
    registry.client.log_figure(run_id, result.figure, f"comparisons/{name}.png")
