"""The parts of the truth against brute force: every path of intent, and many futures drawn at random."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from features.simulation.delays import ripened
from features.simulation.intent_filter import filter_group
from features.simulation.parameters import BUYER_KINDS, COLD, DEAD, HOT
from features.simulation.people import LARGEST_GROUP
from features.simulation.seasons import base_total, elapsed, fraction_at
from features.simulation.truth import _probabilities, world_of

DRAWS = 25_000
HORIZON = 40.0


@pytest.fixture(scope="module")
def world(truth):
    return world_of(truth)


def _likelihood_of_day(world, group, day, until, state):
    """Poisson likelihood of a group's buyer events on a day, lead by lead and kind by kind."""
    log = 0.0
    first, last = world.starts[group], world.starts[group + 1]
    span = slice(world.event_starts[group], world.event_starts[group + 1])
    for lead in range(first, last):
        if int(world.created[lead]) > day:
            continue
        since = elapsed(world.created[lead] - day) if int(world.created[lead]) == day else 0.0
        share = (elapsed(until) if until < 1 else 1.0) - since
        e = world.epochs.starts[lead]
        while e + 1 < world.epochs.starts[lead + 1] and world.epochs.day[e + 1] <= day:
            e += 1
        for kind in range(len(BUYER_KINDS)):
            pace = world.calendar.pace[world.tables.family[kind], day] * share
            activity = world.calendar.activity[day - int(world.created[lead])]
            rate = pace * activity * world.tables.rate[world.epochs.segment[e], kind, state]
            mine = (world.events.lead[span] == lead) & (world.events.kind[span] == kind)
            moments = world.events.at[span][mine]
            count = ((moments >= day) & (moments < day + until)).sum()
            log += count * np.log(rate) - rate if count else -max(rate, 0.0)
    return log


def _step(world, before, after):
    up, down = world.chain
    if before == COLD:
        return up if after == HOT else 1 - up
    return down if after == COLD else 1 - down


def _belief_over_all_paths(world, group, moment):
    day0, last = int(world.created[world.starts[group]]), int(moment)
    dead = world.tables.dead[world.epochs.segment[world.epochs.starts[world.starts[group]]]]
    up, down = world.chain
    days = range(day0, last + 1)
    logs = {
        (day, state): _likelihood_of_day(world, group, day, 1.0 if day < last else moment - last, state)
        for day in days
        for state in (DEAD, COLD, HOT)
    }
    weight = np.zeros(3)
    weight[DEAD] = dead * np.exp(sum(logs[day, DEAD] for day in days))
    for path in itertools.product((COLD, HOT), repeat=len(days)):
        chance = (1 - dead) * (up if path[0] == HOT else down) / (up + down)
        for before, after in itertools.pairwise(path):
            chance *= _step(world, before, after)
        weight[path[-1]] += chance * np.exp(sum(logs[day, state] for day, state in zip(days, path, strict=True)))
    return weight / weight.sum()


def _groups_with_colleagues(world):
    """Groups whose second lead came within a week: four of them."""
    sizes = np.diff(world.starts)
    pairs = np.flatnonzero(sizes >= 2)
    first = world.starts[pairs]
    return pairs[world.created[first + 1] - world.created[first] < 6][:4]


def test_belief_equals_the_sum_over_every_path_of_intent(world):
    for group in _groups_with_colleagues(world):
        moment = world.created[world.starts[group]] + 9.37
        found = filter_group(world, group, np.array([moment - 3.0, moment]))

        np.testing.assert_allclose(found[1], _belief_over_all_paths(world, group, moment), rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(found[0], _belief_over_all_paths(world, group, moment - 3.0), rtol=1e-9)


def _paths(world, belief, days, rng):
    """Draw states of a living or dead group for a run of days: [draw, day]."""
    state = rng.choice(3, size=DRAWS, p=belief)
    path = np.empty((DRAWS, days), dtype=np.int8)
    for day in range(days):
        path[:, day] = state
        u = rng.random(DRAWS)
        heats = (state == COLD) & (u < world.chain[0])
        cools = (state == HOT) & (u < world.chain[1])
        state = np.where(heats, HOT, np.where(cools, COLD, state))
    return path


def _share_of_futures_with_an_opportunity(world, group, lead, moment, belief, rng):
    """Draw futures event by event from the same rules and count those in which something ripens in time."""
    end, first_day = moment + HORIZON, int(moment)
    path = _paths(world, belief, int(end) - first_day + 1, rng)
    hit = np.zeros(DRAWS, dtype=bool)
    for s in range(world.event_starts[group], world.event_starts[group + 1]):
        if world.events.at[s] < moment:
            hit |= rng.random(DRAWS) < _ripens_late(world, lead, s, moment)
    segment_of = {}
    for other in range(world.starts[group], world.starts[group + 1]):
        if world.created[other] <= moment:
            segment_of[other] = world.epochs.segment[_epoch(world, other, moment)]
    season = base_total(world.calendar.base, end) - base_total(world.calendar.base, moment)
    hit |= rng.random(DRAWS) < 1 - np.exp(-world.tables.base[segment_of[lead]] * season)
    for other, segment in segment_of.items():
        worth = world.tables.own[segment] if other == lead else world.tables.give[segment] * world.take[lead]
        for day in range(first_day, int(end) + 1):
            hit |= _day_hits(world, other, segment, worth, day, moment, end, path[:, day - first_day], rng)
    return (hit & (path[:, 0] != DEAD)).mean()


def _epoch(world, lead, moment):
    e = world.epochs.starts[lead]
    while e + 1 < world.epochs.starts[lead + 1] and world.epochs.day[e + 1] < moment:
        e += 1
    return e


def _ripens_late(world, lead, s, moment):
    at, born = world.events.at[s], world.created[lead]
    worth = world.weights.own[s] if world.events.lead[s] == lead else world.weights.give[s] * world.take[lead]
    seen = ripened(world.delays, moment - at) - ripened(world.delays, born - at)
    more = ripened(world.delays, moment + HORIZON - at) - ripened(world.delays, moment - at)
    return worth * more / (1 - worth * seen)


def _day_hits(world, lead, segment, worth, day, moment, end, state, rng):
    low = elapsed(max(moment - day, 0.0))
    high = elapsed(end - day) if end - day < 1 else 1.0
    if high <= low:
        return np.zeros(len(state), dtype=bool)
    hit = np.zeros(len(state), dtype=bool)
    activity = world.calendar.activity[day - int(world.created[lead])]
    for kind in range(len(BUYER_KINDS)):
        family = world.tables.family[kind]
        rates = world.tables.rate[segment, kind][state] * activity * world.calendar.pace[family, day]
        count = rng.poisson(rates * (high - low))
        for draw in np.flatnonzero(count):
            for share in rng.uniform(low, high, count[draw]):
                left = end - day - fraction_at(share)
                hit[draw] |= rng.random() < worth[kind] * world.calendar.worth[family, day] * ripened(
                    world.delays, left
                )
    return hit


def test_probability_equals_the_share_of_futures_drawn_at_random(world):
    rng = np.random.default_rng(8)
    # Nobody joins and sales has spoken: what is left is exact, so only chance stands between the two.
    closed = world._replace(
        has_account=np.zeros_like(world.has_account),
        verdict=np.zeros_like(world.verdict),
        accepted=np.zeros_like(world.accepted),
    )
    checked = 0
    for group in _groups_with_colleagues(world):
        lead = int(world.starts[group])
        moment = world.created[lead] + 20.6
        assert world.starts[group + 1] - world.starts[group] < LARGEST_GROUP
        if world.opportunity[world.starts[group] : world.starts[group + 1]].min() < moment:
            continue
        rows = np.array([lead]), np.array([group]), np.array([moment])
        found = _probabilities(closed, *rows, HORIZON)[0]
        belief = _corrected_belief(closed, group, moment)
        share = _share_of_futures_with_an_opportunity(closed, group, lead, moment, belief, rng)
        assert abs(found - share) < 4 * np.sqrt(found * (1 - found) / DRAWS) + 1e-5
        checked += 1
    assert checked >= 2


def _corrected_belief(world, group, moment):
    """Belief given the events and that no lead of the group has converted, by Bayes' rule in plain Python."""
    belief = filter_group(world, group, np.array([moment]))[0]
    quiet = 1.0
    for lead in range(world.starts[group], world.starts[group + 1]):
        if world.created[lead] >= moment:
            continue
        for s in range(world.event_starts[group], world.event_starts[group + 1]):
            at, born = world.events.at[s], world.created[lead]
            if at < moment:
                own = world.events.lead[s] == lead
                worth = world.weights.own[s] if own else world.weights.give[s] * world.take[lead]
                quiet *= 1 - worth * (ripened(world.delays, moment - at) - ripened(world.delays, born - at))
        for e in range(world.epochs.starts[lead], world.epochs.starts[lead + 1]):
            start = max(world.created[lead], world.epochs.day[e])
            later = world.epochs.day[e + 1] if e + 1 < world.epochs.starts[lead + 1] else moment
            stop = min(later, moment)
            if stop > start:
                season = base_total(world.calendar.base, stop) - base_total(world.calendar.base, start)
                quiet *= np.exp(-world.tables.base[world.epochs.segment[e]] * season)
    belief = belief * np.array([1.0, quiet, quiet])
    return belief / belief.sum()
