"""A card of few rules with whole points, learnt from the data on the agreed card's scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.publish import silent
from models.calibration import LogitLine
from training.arms.plain import fit_recalibrated
from training.bootstrap import account_codes
from training.comparison import Arm
from training.distil.against import grown_rival
from training.distil.allowed import what_is_allowed
from training.distil.build import build_card
from training.distil.learn import learn_path
from training.distil.lost import measure_lost
from training.distil.path import fold_out, measure_path
from training.distil.pool import compute_pool, scorer_of
from training.distil.propose import propose
from training.distil.result import Distilled, DistilledRule
from training.distil.scale import scale_of
from training.side_by_side import compare_rows
from training.split import account_folds, cluster_names
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from models.card import CardScorer, PointCard
    from training.distil.against import Rival
    from training.distil.learn import Learnt
    from training.distil.pool import Pool
    from training.distil.scale import Scale
    from training.material import Material
    from training.spec import TrainingSpec

#: Nobody keeps more in mind.
MOST_RULES = 30


def distil_card(
    material: Material,
    spec: TrainingSpec,
    *,
    rules: int = 10,
    step_size: int | None = None,
    allow_negative: bool = False,
    rival: Callable[[Scale], Rival] | None = None,
    beside: Mapping[str, Arm] | None = None,
    capacity: int | None = None,
    step: Callable[[str], None] = silent,
) -> Distilled:
    """Learn a card of at most so many rules from the training rows, and hold it against the model on the test's.

    Points are multiples of ``step_size``, by default of what the agreed card's points are. Without
    ``allow_negative`` no rule takes points for what people did. ``rival`` gives the model to hold it against,
    by default trees grown on the same rows; ``beside`` are further arms over the held-out rows. ``capacity`` is
    leads called a week. The same material gives the same card.

    Raises
    ------
    ConfigError
        The numbers make no sense, the training rows have no opportunity, or nothing that may be read tells
        anything of the outcome.

    """
    _check(material, rules, step_size)
    train = material.parts.train
    rows = material.rows.take(train)
    fold = account_folds(material.rows.cluster, material.history, spec.folds)
    weight = np.zeros(len(material.rows))
    weight[train] = lead_weights(material, spec)
    step("proposing rules")
    allowed = what_is_allowed(material)
    learners = [train, *(train & (fold != number) for number in range(spec.folds))]
    candidates = propose(material, allowed, weight, learners)
    step(f"holding {len(candidates):,} candidate rules against {len(rows):,} rows")
    pool = compute_pool(material, candidates, allowed, train, weight[train])
    scale = scale_of(material, step_size)
    step(f"searching the best {rules} of {len(pool):,} rules")
    label, own = (rows.label == 1).astype(np.float64), weight[train]
    codes = account_codes(cluster_names(rows.cluster, material.history), material.history.lead_ids[rows.lead])
    cards = learn_path(pool, np.ones(len(rows), bool), own, label, 0, rules, scale, allow_negative, codes)
    if len(cards) == 1:
        raise ConfigError(
            f"none of {len(pool):,} candidate rules tells more of the outcome than the best of so many would by "
            f"chance ({len(rows):,} rows, {rows.positives:,} positive)",
            hint="a longer history, or more attributes and events",
        )
    out = fold_out(pool, fold[train], own, label, len(cards) - 1, scale, allow_negative, step)
    names = [rule.name for rule in pool.rules]
    path = measure_path(cards, out, names, rows.label == 1, own, codes, spec.seed)
    step("holding the card against the model")
    best = cards[-1]
    late = best.total(pool.met[:, material.parts.late[train]])
    chosen = [pool.rules[number] for number in best.support.rules]
    card = build_card(material, chosen, best.points, late, scale, len(pool))
    scorer = replace(scorer_of(card, material), calibration=_line(best, out.log_odds[-1], label, own))
    model = (rival or (lambda own_scale: grown_rival(material, spec, own_scale)))(scale)
    matrix = _held_out(material, scorer)
    total, probability = scorer.total(matrix), scorer.probability(matrix)
    arms = {"distilled": Arm(total, probability), model.name: model.arm, **(beside or {})}
    if material.card is not None:
        arms["card"] = fit_recalibrated(material, spec).predict(material.parts.test)
    counted = spec if capacity is None else spec.model_copy(update={"capacity": capacity})
    compared = compare_rows(material, counted, material.parts.test, arms, reference=model.name)
    lost = measure_lost(material, spec, compared, model, total, probability, scorer.grades(matrix))
    return Distilled(
        card=card,
        scorer=scorer,
        asked=rules,
        candidates=len(pool),
        learnt_rows=len(rows),
        learnt_opportunities=rows.positives,
        rules=_rules(card, best, pool, label, own),
        path=path,
        lost=lost,
        left_out=tuple(sorted(allowed.left_out)),
    )


def lead_weights(material: Material, spec: TrainingSpec) -> np.ndarray:
    """Return what the training rows count, in leads where leads weigh alike and in rows where rows do (train,)."""
    train = material.parts.train
    weight = training_weights(material, spec, train)
    many = len(np.unique(material.rows.lead[train])) if spec.weight == "lead" else len(weight)
    return weight * many / weight.sum()


def _check(material: Material, rules: int, step_size: int | None) -> None:
    if not 1 <= rules <= MOST_RULES:
        raise ConfigError(f"--rules {rules}: a card has 1 to {MOST_RULES} rules")
    if step_size is not None and not 1 <= step_size <= 100:
        raise ConfigError(f"--step {step_size}: points go in steps of 1 to 100")
    label = material.rows.label[material.parts.train]
    if not (label == 1).any() or (label == 1).all():
        raise ConfigError(
            f"{int((label == 1).sum())} of {len(label):,} training rows are positive: there is nothing to learn",
            hint="a longer history, or a shorter horizon",
        )


def _line(best: Learnt, unseen: np.ndarray, label: np.ndarray, weight: np.ndarray) -> LogitLine:
    """Return the line from points to log-odds, flattened by as much as the folds' cards were too sure."""
    again = LogitLine.fit(unseen, label, weight, prior_slope=1.0)
    if again.slope <= 0:
        return LogitLine(slope=best.slope, intercept=best.intercept)
    return LogitLine(slope=again.slope * best.slope, intercept=again.intercept + again.slope * best.intercept)


def _held_out(material: Material, scorer: CardScorer) -> np.ndarray:
    rows, test = material.rows, material.parts.test
    history = material.engine.history(material.dataset, scorer.feature_set)
    return material.engine.matrix(
        material.dataset, history, scorer.feature_set, rows.lead[test], rows.as_of[test], silent
    )


def _rules(
    card: PointCard, best: Learnt, pool: Pool, label: np.ndarray, weight: np.ndarray
) -> tuple[DistilledRule, ...]:
    """Describe the card's rules in its order, from the training rows."""
    numbers = {_condition(pool.rules[number]): place for place, number in enumerate(best.support.rules)}
    found = []
    for axis, content in card.axes.items():
        for rule in content.rules:
            place = numbers[_condition(rule)]
            met = pool.met[best.support.rules[place]] == 1
            found.append(
                DistilledRule(
                    axis=axis,
                    name=rule.name,
                    points=rule.points,
                    worth=float(best.support.coefficients[place + 1]),
                    share=float(weight[met].sum() / weight.sum()),
                    rate_with=float(np.average(label[met], weights=weight[met])),
                    rate_without=float(np.average(label[~met], weights=weight[~met])),
                )
            )
    return tuple(found)


def _condition(rule: object) -> str:
    return rule.model_dump_json(exclude={"name", "points"})  # type: ignore[attr-defined]
