"""The rows that a comparison stands on, those that none of the models learnt from, and the open leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.clock import format_moment
from features.facts.publish import silent
from features.history import History
from features.language import profile_dataset
from features.open_leads import open_leads
from training.rows import Rows, build_rows
from training.spec import TrainingSpec, read_spec
from training.split import Parts, cluster_names, split_rows
from training.weights import row_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from features.language import Profile
    from models.lead_model import LeadModel


@dataclass(frozen=True)
class Ground:
    """What two scorers are held against each other on.

    ``held`` are the held-out rows, ``accounts`` (held,) the id of each row's account or lead. ``learn`` are the
    first model's training rows, on which a card may be calibrated. ``opened`` are the numbers of the leads that
    are open at the end of the data. ``avoided`` are the keys of what a leak guard left out, as ``lead.tags``.
    ``since`` is when the last of the models' test periods begins, in microseconds; ``learnt`` are the accounts, as
    :class:`training.rows.Rows` numbers them, that any of the models learnt from.
    """

    dataset: Dataset
    history: History
    profile: Profile
    spec: TrainingSpec
    held: Rows
    learn: Rows
    opened: np.ndarray
    avoided: frozenset[str]
    since: int
    learnt: np.ndarray

    @cached_property
    def accounts(self) -> np.ndarray:
        """The account id of each held-out row, or the lead's where it has none, object (held,)."""
        return cluster_names(self.held.cluster, self.history)

    @cached_property
    def lead_ids(self) -> np.ndarray:
        """The lead id of each held-out row, object (held,)."""
        return self.history.lead_ids[self.held.lead]

    @cached_property
    def weight(self) -> np.ndarray:
        """What each held-out row counts, float64 (held,): leads alike, or rows alike, as in the fits."""
        return row_weights(self.held, self.spec)

    @property
    def now(self) -> int:
        """The moment at which open leads are looked at: the end of the observed period, in microseconds."""
        return self.dataset.observed_until

    @property
    def said(self) -> str:
        """Which rows these are, in a sentence."""
        begins, ends = (
            format_moment(int(moment))[:10] for moment in (self.held.as_of.min(), self.held.as_of.max())
        )
        return (
            f"{len(self.held):,} rows of {self.dataset.path} with {self.held.positives:,} positive, "
            f"{begins} to {ends}, "
            "which neither learnt from."
        )


def find_ground(dataset: Dataset, trained: list[LeadModel], step: Callable[[str], None] = silent) -> Ground:
    """Find the rows that none of the models learnt from.

    They are those of the first model's specification, from the latest of the models' test periods on, and without
    accounts that any of them learnt from.

    Raises
    ------
    ConfigError
        The models' horizons differ, or no such rows with both outcomes are left.

    """
    specs = [TrainingSpec.model_validate(model.manifest.details["spec"]) for model in trained]
    spec = specs[0] if specs else read_spec("default")
    if len({s.horizon_us for s in specs}) > 1:
        horizons = " and ".join(s.horizon_text for s in specs)
        raise ConfigError(f"the models speak of different horizons, {horizons}: no row has both labels")
    step("reading the history")
    history = History.from_dataset(dataset)
    rows = build_rows(dataset, history, spec.snapshots, spec.horizon_us)
    first = _split(rows, history, spec, trained[0] if trained else None)
    held_out = first.test.copy()
    since, learnt = [first.test_from], [_learnt(rows, first, spec)]
    if any(model.manifest.dataset_digest != dataset.manifest.digest for model in trained):
        latest = max(int(model.manifest.details["test_from"]) for model in trained)
        # On other data than a model's own, which accounts it learnt from is known only by their age.
        learnt.append(rows.cluster[rows.as_of < latest])
        held_out &= ~np.isin(rows.cluster, learnt[-1])
    for model, other in zip(trained[1:], specs[1:], strict=True):
        own = build_rows(dataset, history, other.snapshots, other.horizon_us)
        parts = _split(own, history, other, model)
        held_out &= rows.as_of >= parts.test_from
        since.append(parts.test_from)
        learnt.append(_learnt(own, parts, other))
        held_out &= ~np.isin(rows.cluster, learnt[-1])
    held = rows.take(held_out)
    if held.positives in {0, len(held)}:
        message = (
            f"{dataset.path}: of the rows that none of the models learnt from, {len(held):,} in all, "
            f"{held.positives:,} are positive; comparing needs both outcomes"
        )
        raise ConfigError(message, hint="compare on a dataset that reaches further, or train both again on one")
    return Ground(
        dataset=dataset,
        history=history,
        profile=profile_dataset(dataset),
        spec=spec,
        held=held,
        learn=rows.take(first.train),
        opened=open_leads(dataset, history, dataset.observed_until),
        avoided=frozenset(key for model in trained for key in model.manifest.details.get("left_out", ())),
        since=max(since),
        learnt=np.unique(np.concatenate(learnt)),
    )


def _learnt(rows: Rows, parts: Parts, spec: TrainingSpec) -> np.ndarray:
    """Return the accounts that were learnt from and are therefore no ground, none where accounts are shared."""
    if spec.split.accounts != "disjoint":
        return np.empty(0, np.int64)
    return rows.cluster[parts.train | parts.young]


def _split(rows: Rows, history: History, spec: TrainingSpec, model: LeadModel | None) -> Parts:
    """Split as the model's training did: at its own date, whatever the dataset has gained since."""
    split = spec.split
    if model is not None:
        split = split.model_copy(update={"test_from": format_moment(model.manifest.details["test_from"])})
    return split_rows(rows, history, split, spec.horizon_us)
