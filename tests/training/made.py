"""A training's material made of numbers: leads with several snapshots, whose hazard is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from features.facts.clock import DAY
from training.rows import Rows, Schedule
from training.spec import Split
from training.split import Parts, make_parts

HORIZON = 30 * DAY
NAMES = ["pull", "push", "kind", "noise"]


@dataclass(frozen=True)
class Made:
    """What fitting reads of ``training.material.Material``; ``log_hazard`` (n,) is the truth, a day's."""

    rows: Rows
    parts: Parts
    matrix: np.ndarray
    history: SimpleNamespace
    dataset: SimpleNamespace
    feature_set: SimpleNamespace
    log_hazard: np.ndarray
    width: int = 4
    categories: tuple[int, ...] = (2,)
    directions: tuple[int, ...] = (0, 0, 0, 0)


def made(leads: int = 1200, seed: int = 0, days: int = 300) -> Made:
    """Return leads created over ``days``, looked at up to four times while open; the last column is a card's.

    An opportunity comes at a constant daily hazard, which rises with ``pull`` and is higher for kinds 1 and 3.
    """
    rng = np.random.default_rng(seed)
    pull, push, noise = rng.normal(size=(3, leads))
    kind = rng.integers(0, 5, leads)
    log_hazard = -5.2 + 0.9 * pull + 0.8 * np.isin(kind, (1, 3))
    created = rng.uniform(0, days, leads)
    won = created + rng.exponential(1 / np.exp(log_hazard))
    looks = rng.integers(1, 5, leads)
    lead = np.repeat(np.arange(leads), looks)
    as_of = created[lead] + rng.uniform(0, 40, len(lead))
    lead, as_of = lead[as_of < days], as_of[as_of < days]
    schedule = Schedule(lead, (as_of * DAY).astype(np.int64))
    still_open = as_of < won[lead]
    lead, as_of = lead[still_open], (as_of[still_open] * DAY).astype(np.int64)
    order = np.argsort(as_of, kind="stable")
    lead, as_of = lead[order], as_of[order]
    outcome = np.where(won[lead] < days, (won[lead] * DAY).astype(np.int64), -1)
    rows = Rows(lead, as_of, np.zeros(len(lead), np.int8), lead % (leads // 2), outcome, schedule)
    rows = replace(rows, label=rows.label_at(HORIZON, days * DAY))
    matrix = np.column_stack([pull[lead], push[lead], kind[lead], noise[lead], np.full(len(lead), 99.0)])
    matrix[rng.random(len(lead)) < 0.05, 1] = np.nan
    test_from = int(0.75 * days) * DAY
    test = (rows.label >= 0) & (as_of >= test_from) & (rows.cluster % 4 == 0)
    train = (rows.label >= 0) & (as_of <= test_from - HORIZON) & (rows.cluster % 4 != 0)
    history = SimpleNamespace(
        account_ids=np.array([f"a{i}" for i in range(leads // 2)], object), lead_ids=np.array([], object)
    )
    return Made(
        rows=rows,
        parts=make_parts(rows, train, test, test_from, Split()),
        matrix=matrix,
        history=history,
        dataset=SimpleNamespace(manifest=SimpleNamespace(digest=f"made {leads} {seed}")),
        feature_set=SimpleNamespace(names=[*NAMES, "card"]),
        log_hazard=log_hazard[lead],
    )
