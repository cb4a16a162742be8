"""Distilling from a dataset: with the rows of a registered model's training, or of a specification."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.clock import format_moment
from features.facts.publish import silent
from models.registry import Registry
from training.distil.against import registered_rival
from training.distil.distil import distil_card
from training.material import gather
from training.spec import TrainingSpec, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from models.lead_model import LeadModel
    from training.distil.result import Distilled
    from training.material import Material


def distil_on(
    dataset: Dataset,
    *,
    rules: int = 10,
    card: str | None = None,
    model: str | None = None,
    spec: str = "default",
    step_size: int | None = None,
    allow_negative: bool = False,
    capacity: int | None = None,
    uri: str | None = None,
    step: Callable[[str], None] = silent,
) -> Distilled:
    """Distil a card from a dataset; see :func:`training.distil.distil_card`.

    ``card`` is the agreed one, a file or a shipped name, whose scale is kept. With a ``model``, a version or
    alias, the rows are those of its own specification and split, and the card is held against it on rows that
    neither learnt from; without one, those of ``spec``, and trees are grown on the same rows to hold it against.

    Raises
    ------
    ConfigError
        The card or specification does not fit the data, or nothing can be learnt from them.
    RegistryError
        There is no such model.

    """
    trained = None if model is None else Registry(uri).load(model)
    chosen = read_spec(spec, card=card) if trained is None else _spec_of(trained, card)
    material = gather(dataset, chosen, step)
    if trained is not None:
        material = _not_learnt_from(material, trained)
    return distil_card(
        material,
        chosen,
        rules=rules,
        step_size=step_size,
        allow_negative=allow_negative,
        rival=None if trained is None else lambda _: registered_rival(trained, material),
        capacity=capacity,
        step=step,
    )


def _spec_of(model: LeadModel, card: str | None) -> TrainingSpec:
    """Return a model's specification with its own test date, whatever the dataset has gained since."""
    spec = TrainingSpec.model_validate(model.manifest.details["spec"])
    test_from = format_moment(model.manifest.details["test_from"])
    update = {"split": spec.split.model_copy(update={"test_from": test_from})}
    return spec.model_copy(update=update | ({} if card is None else {"card": card}))


def _not_learnt_from(material: Material, model: LeadModel) -> Material:
    """Leave of the held-out rows those whose accounts the model may know: on other data, all older ones.

    Raises
    ------
    ConfigError
        No rows with both outcomes are left.

    """
    if model.manifest.dataset_digest == material.dataset.manifest.digest:
        return material
    rows, parts = material.rows, material.parts
    older = rows.cluster[rows.as_of < int(model.manifest.details["test_from"])]
    test = parts.test & ~np.isin(rows.cluster, older)
    positives = int((rows.label[test] == 1).sum())
    if positives in {0, int(test.sum())}:
        raise ConfigError(
            f"{material.dataset.path}: of the rows that version {model.version} did not learn from, "
            f"{int(test.sum()):,} in all, {positives:,} are positive; both outcomes are needed",
            hint="a dataset that reaches further, or no --model: trees are then grown beside the card",
        )
    return replace(material, parts=replace(parts, test=test))
