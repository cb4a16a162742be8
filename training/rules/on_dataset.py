"""A card's rules judged, and its points refitted, on a dataset: beside a registered model, or by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.publish import silent
from features.plan import compile_plan
from models.registry import Registry
from training.capacity import default_capacity, week_of
from training.material import bound_card
from training.rules.gains import HeldOut
from training.rules.judge import judge_rules
from training.rules.model_worth import ModelView
from training.rules.refit import refit_path
from training.rules.rows import rule_rows
from training.rules.standing import stand_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from features.language import FeatureSet
    from models.card import CardScorer
    from models.lead_model import LeadModel
    from training.compare.ground import Ground
    from training.rows import Rows
    from training.rules.judge import RuleVerdicts
    from training.rules.path import RefitPath
    from training.rules.rows import RuleRows


@dataclass(frozen=True)
class CardGround:
    """A bound card on a dataset's rows: those a training learns from, and those held out for measuring."""

    ground: Ground
    card: CardScorer

    def rows(self, rows: Rows) -> RuleRows:
        """Return the decided ones of the ground's rows under the card."""
        return rule_rows(self.card, _matrix(self.ground, self.card.feature_set, rows), rows, self.ground.spec)

    @property
    def decided(self) -> Rows:
        """All rows whose outcome is known, learnt from or held out: a card has learnt from none."""
        learn, held = self.ground.learn, self.ground.held
        return replace(
            learn,
            lead=np.concatenate([learn.lead, held.lead]),
            as_of=np.concatenate([learn.as_of, held.as_of]),
            label=np.concatenate([learn.label, held.label]),
            cluster=np.concatenate([learn.cluster, held.cluster]),
            outcome=np.concatenate([learn.outcome, held.outcome]),
        ).decided

    def held_out(self, capacity: int | None) -> HeldOut:
        """Return the held-out rows to measure on; without a capacity a tenth of a week's leads is called."""
        ground = self.ground
        weeks = week_of(ground.held.as_of)
        calls = capacity or ground.spec.capacity or default_capacity(weeks, ground.lead_ids)
        return HeldOut(self.rows(ground.held), ground.lead_ids, calls, seed=ground.spec.seed)


def stand_card(
    card: str, dataset: Dataset, model: LeadModel | None = None, step: Callable[[str], None] = silent
) -> CardGround:
    """Bind a card, a file or a shipped name, to a dataset, with the rows of a model's specification.

    Raises
    ------
    ConfigError
        The card does not fit the dataset, or there are no rows with both outcomes.

    """
    ground = stand_on(dataset, [] if model is None else [model], step)
    return CardGround(ground, bound_card(card, ground.profile))


def judge_on(
    card: str,
    dataset: Dataset,
    model: str | None = None,
    *,
    uri: str | None = None,
    step: Callable[[str], None] = silent,
) -> RuleVerdicts:
    """Judge a card's rules on all decided rows of a dataset, where named beside a model (a version or alias).

    Raises
    ------
    ConfigError
        The card does not fit the dataset, or there are no rows with both outcomes.
    RegistryError
        There is no such model.

    """
    trained = None if model is None else Registry(uri).load(model)
    stood = stand_card(card, dataset, trained, step)
    decided = stood.decided
    step(f"judging the rules on {len(decided):,} rows")
    rows = stood.rows(decided)
    view = None
    if trained is not None:
        step("asking the model for the same")
        view = ModelView.of(trained, _matrix(stood.ground, trained.feature_set, decided))
    return judge_rules(rows, view, seed=stood.ground.spec.seed)


def refit_on(
    card: str,
    dataset: Dataset,
    *,
    changes: int | None = None,
    capacity: int | None = None,
    allow_negative: bool = False,
    unit: int | None = None,
    step: Callable[[str], None] = silent,
) -> RefitPath:
    """Propose the fewest changes of a card from a dataset's training rows, and measure them on its held-out rows.

    Raises
    ------
    ConfigError
        The card does not fit the dataset, or there are no rows with both outcomes.

    """
    if changes is not None and changes < 1:
        raise ConfigError(f"--changes {changes}: expected at least 1")
    stood = stand_card(card, dataset, None, step)
    step("looking for the fewest changes")
    rows = stood.rows(stood.ground.learn)
    return refit_path(rows, stood.held_out(capacity), changes=changes, unit=unit, allow_negative=allow_negative)


def _matrix(ground: Ground, feature_set: FeatureSet, rows: Rows) -> np.ndarray:
    history = ground.history
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    return plan.run(history, rows.lead, rows.as_of)
