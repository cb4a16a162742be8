"""Hold a duel: two of card, version and alias, week by week over leads that neither learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.publish import silent
from models.registry import Registry
from training.compare.names import is_card, label_of
from training.duel.arena import Arena, open_arena
from training.duel.calls import NEVER_AGAIN, call_order, make_calls
from training.duel.capacities import CurvePoint, chosen_capacities, exhausted, found_by_lot
from training.duel.cost import work_out
from training.duel.finds import best_misses, only_one
from training.duel.keep import keep
from training.duel.measures import Part, measure_part
from training.duel.notes import take_notes
from training.duel.result import Duel
from training.duel.segments import DuelSegment, Sorting, sort_leads
from training.duel.side import DuelSide, score_rows
from training.duel.tally import Sums, Tally, lead_values
from training.duel.weeks import tell_weeks
from training.material import bound_card
from training.rules.standing import stand_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.facts import Dataset
    from models.card import CardScorer
    from models.lead_model import LeadModel
    from training.compare.ground import Ground

REPLICATES = 1000


def hold_duel(
    dataset: Dataset,
    a: str,
    b: str,
    capacity: int,
    *,
    capacities: Sequence[int] = (),
    again_after: int | None = None,
    uri: str | None = None,
    step: Callable[[str], None] = silent,
) -> Duel:
    """Let ``a`` and ``b``, the present definition, each call ``capacity`` leads a week; see :class:`Duel`.

    Both are names as in :func:`training.compare.compare_scorers`: a version, an alias, or a card's file or shipped
    name. ``capacities`` are those of the curve; ``again_after`` microseconds a lead may be called again. Where one
    of them is a model the result is kept with its run, as ``duel.json``.

    Raises
    ------
    ConfigError
        Both are the same; their horizons differ; or there is no week that can be judged.

    """
    if a == b:
        raise ConfigError(f"{a!r} against itself: name two different scorers")
    step("loading both")
    names = (a, b)
    registry = None if all(map(is_card, names)) else Registry(uri)
    models = {name: None if is_card(name) or registry is None else registry.load(name) for name in names}
    labels = [label_of(name, models[name]) for name in names]
    if labels[0] == labels[1]:
        raise ConfigError(f"{a!r} and {b!r} are the same {labels[0]}: name two different scorers")
    trained = [model for model in models.values() if model is not None]
    ground = stand_on(dataset, trained, step)
    scorers = [models[name] or bound_card(name, ground.profile) for name in names]
    duel = fight(
        ground, (labels[0], scorers[0]), (labels[1], scorers[1]), capacity,
        capacities=capacities, again_after=again_after, step=step,
    )  # fmt: skip
    if registry is not None:
        step("keeping the duel with the run")
        keep(registry, trained[0], duel)
    return duel


def fight(
    ground: Ground,
    a: tuple[str, LeadModel | CardScorer],
    b: tuple[str, LeadModel | CardScorer],
    capacity: int,
    *,
    capacities: Sequence[int] = (),
    again_after: int | None = None,
    seed: int | None = None,
    replicates: int = REPLICATES,
    step: Callable[[str], None] = silent,
) -> Duel:
    """Hold the duel of two scorers, each under its label, on a ground; the arguments are those of `hold_duel`."""
    seed = ground.spec.seed if seed is None else seed
    wait = NEVER_AGAIN if again_after is None else again_after
    arena = open_arena(ground, seed)
    step(f"scoring {len(arena):,} open leads of {len(arena.mondays)} Mondays by both")
    first, second = (_side(label, scorer, arena, capacity, wait) for label, scorer in (a, b))
    step("sorting leads, and calling at other capacities")
    sortings = sort_leads(ground, arena, first, second)
    tally = Tally.of(arena)
    leads, values = lead_values(arena, first.calls, second.calls)
    whole_at = tally.add(leads, values, np.zeros(len(leads), np.int64), 1)
    sorted_at = [_add_sorting(tally, sorting, leads, values) for sorting in sortings]
    chosen = chosen_capacities(capacity, capacities, 1 - arena.absent)
    curve_at = [_add_capacity(tally, arena, first, second, k, wait) for k in chosen]
    step("resampling accounts")
    sums = tally.resampled(replicates, seed)
    money = _money(arena)
    everybody = arena.first_row >= 0
    whole = _part(arena, sums, whole_at.start, everybody, money)
    tests = sum(len(sorting.values) for sorting in sortings)
    segments = tuple(
        DuelSegment(
            sorting.kind, sorting.label, value, _part(arena, sums, at.start + i, sorting.code == i, money), tests
        )
        for sorting, at in zip(sortings, sorted_at, strict=True)
        for i, value in enumerate(sorting.values)
    )
    curve = tuple(
        CurvePoint(k, _part(arena, sums, at, everybody, money), full, sum(not full for _, full in curve_at))
        for k, (at, full) in zip(chosen, curve_at, strict=True)
    )
    step("looking at the leads that only one found")
    reached = exhausted(arena, first.calls, second.calls)
    by_lot = found_by_lot(arena, capacity, wait, seed)
    only_a, only_b = only_one(arena, first, second)
    weeks = int(arena.decided.sum())
    subjects = [side.subject if first.is_card != second.is_card else side.label for side in (first, second)]
    return Duel(
        a=first,
        b=second,
        ground=ground,
        arena=arena,
        capacity=capacity,
        again_after=again_after,
        whole=whole,
        weeks=tell_weeks(arena, first.calls, second.calls),
        segments=segments,
        curve=curve,
        only_a=only_a,
        only_b=only_b,
        missed=best_misses(arena, first, second),
        cost=work_out(
            whole, weeks, subjects[0], subjects[1], capacity, untold=bool(reached.all()), held=1 - arena.absent
        ),
        by_lot=by_lot,
        notes=take_notes(arena, first, second, whole, curve, capacity, by_lot, reached),
        replicates=replicates,
        seed=seed,
    )


def _side(label: str, scorer: LeadModel | CardScorer, arena: Arena, capacity: int, wait: int) -> DuelSide:
    score = score_rows(scorer, arena)
    order = call_order(arena, score)
    return DuelSide(label, scorer, score, order, make_calls(arena, order, capacity, wait))


def _add_sorting(tally: Tally, sorting: Sorting, leads: np.ndarray, values: np.ndarray) -> slice:
    code = sorting.code[leads]
    inside = code >= 0
    return tally.add(leads[inside], values[inside], code[inside], len(sorting.values))


def _add_capacity(
    tally: Tally, arena: Arena, a: DuelSide, b: DuelSide, capacity: int, wait: int
) -> tuple[int, bool]:
    calls = [make_calls(arena, side.order, capacity, wait) for side in (a, b)]
    leads, values = lead_values(arena, calls[0], calls[1])
    at = tally.add(leads, values, np.zeros(len(leads), np.int64), 1)
    return at.start, bool(exhausted(arena, *calls).all())


def _part(arena: Arena, sums: Sums, at: int, members: np.ndarray, money: tuple[str, ...]) -> Part:
    """Make the figures of one group; ``members`` (leads,) marks its leads."""
    mine = members & (arena.first_row >= 0)
    accounts = len(np.unique(arena.cluster[arena.reachable[mine[arena.reachable]]]))
    return measure_part(sums.value[at], sums.draws[:, at], leads=int(mine.sum()), accounts=accounts, money=money)


def _money(arena: Arena) -> tuple[str, ...]:
    """Return which of pipeline and revenue the data can speak of."""
    deals, leads = arena.deals, arena.reachable
    known = np.isfinite(deals.amount[leads])
    if not known.any():
        return ()
    return ("pipeline", "revenue") if (known & deals.closed[leads]).any() else ("pipeline",)
