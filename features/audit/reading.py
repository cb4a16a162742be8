"""Reading an attribute out of the dataset as it stood when its lead came, in counts rather than rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.firsts import first_values, member_of, read_firsts
from features.audit.levels import Levels

if TYPE_CHECKING:
    from features.audit.workspace import Workspace

#: Fields with more different numbers than this are cut into bins of equal size.
MOST_NUMBERS = 12
BINS = 100

#: Of a text field, so many of its most frequent values are looked at, and the rest taken together.
MOST_LEVELS = 300
ALL_OTHERS = "(all others)"


@dataclass(frozen=True)
class Field:
    """One attribute: how much of it there is, and its levels against the outcome at the lead's creation.

    ``filled`` counts leads that had a value within a day of their creation, ``distinct`` their values;
    ``versions`` and ``changed`` count versions and entities with more than one; ``fill`` is the share of leads
    filled, per block; ``rows_hash`` is the same for fields filled in for exactly the same
    leads, ``values_hash`` for those that hold the same values, too.
    """

    entity: str
    name: str
    current_only: bool
    versions: int
    entities: int
    changed: int
    filled: int
    distinct: int
    rows_hash: int
    values_hash: int
    levels: Levels
    fill: tuple[float, ...]
    numbers: dict[str, float]

    @property
    def key(self) -> str:
        """``lead.tags``."""
        return f"{self.entity}.{self.name}"

    @property
    def without_history(self) -> bool:
        """Whether a later value would have overwritten an earlier one unseen."""
        return self.current_only or self.changed < 0.01 * self.entities


def read_fields(work: Workspace) -> list[Field]:
    """Read every attribute; the order is that of entity and name."""
    listed = read_firsts(work)
    return [_read(work, *row) for row in listed]


def load(work: Workspace, entity: str, name: str) -> None:
    """Lay out ``field``: position, block, half, y and the value known within a day of the lead's creation."""
    if work.loaded == (entity, name):
        return
    work.run(
        f"""CREATE OR REPLACE TEMP TABLE field AS
        SELECT position, block, position % 2 AS half, y, value, TRY_CAST(value AS DOUBLE) AS number FROM (
            SELECT c.position, c.block, c.y,
                CASE WHEN a.known_at <= c.created_at + INTERVAL 1 DAY THEN a.value END AS value
            FROM cohort c LEFT JOIN ({first_values()}) a ON a.member = c.{member_of(entity)}
        )""",
        [entity, name],
    )
    work.loaded = (entity, name)


def _read(work: Workspace, entity: str, name: str, versions: int, entities: int, changed: int) -> Field:
    load(work, entity, name)
    filled, distinct, numbers, rows_hash, values_hash = work.one(
        """count(value), count(DISTINCT value), tally(isfinite(number)),
        coalesce(bit_xor(hash(position)) FILTER (value IS NOT NULL), 0),
        coalesce(bit_xor(hash(position || chr(31) || value)) FILTER (value IS NOT NULL), 0) FROM field"""
    )
    numeric = distinct > MOST_NUMBERS and numbers >= 0.98 * filled
    levels = _numeric_levels(work) if numeric else _text_levels(work)
    total = levels.n.sum(axis=(0, 2))
    fill = levels.n[levels.filled].sum(axis=(0, 2)) / np.maximum(total, 1.0)
    current = name in work.dataset.manifest.current_only
    summary = _number_summary(work) if numeric else {}
    return Field(
        entity,
        name,
        current,
        versions,
        entities,
        changed,
        filled,
        distinct,
        rows_hash,
        values_hash,
        levels,
        tuple(float(share) for share in fill),
        summary,
    )


def _text_levels(work: Workspace) -> Levels:
    rows = work.rows(
        f"""WITH top AS (
            SELECT value FROM field WHERE value IS NOT NULL GROUP BY value
            ORDER BY count(*) DESC, value LIMIT {MOST_LEVELS}
        )
        SELECT CASE WHEN f.value IS NULL THEN NULL WHEN t.value IS NULL THEN '{ALL_OTHERS}' ELSE f.value END AS
        name,
            block, half, count(*), sum(y)
        FROM field f LEFT JOIN top t ON t.value = f.value GROUP BY ALL ORDER BY ALL"""
    )
    return _levels(work, rows, None)


def _numeric_levels(work: Workspace) -> Levels:
    work.run(
        f"""CREATE OR REPLACE TEMP TABLE binned AS
        SELECT block, half, y, number, CASE WHEN number IS NULL THEN NULL ELSE least({BINS - 1},
            floor(((rank() OVER (ORDER BY number)) - 1 + count(*) OVER (PARTITION BY number) / 2)
            * {BINS} / count(number) OVER ())) END AS bin
        FROM field"""
    )
    rows = work.rows("SELECT bin, block, half, count(*), sum(y) FROM binned GROUP BY ALL ORDER BY ALL")
    centers = {
        str(row[0]): row[1]
        for row in work.rows("SELECT bin, avg(number) FROM binned WHERE bin IS NOT NULL GROUP BY 1")
    }
    return _levels(work, [(None if row[0] is None else str(row[0]), *row[1:]) for row in rows], centers)


def _levels(work: Workspace, rows: list[tuple[Any, ...]], centers: dict[str, float] | None) -> Levels:
    names: list[str | None] = list(dict.fromkeys(row[0] for row in rows if row[0] is not None))
    if centers is not None:
        names.sort(key=lambda name: centers[str(name)])
    names.append(None)
    place = {name: i for i, name in enumerate(names)}
    n = np.zeros((len(names), work.blocks, 2))
    k = np.zeros_like(n)
    for name, block, half, leads, outcomes in rows:
        n[place[name], block, half], k[place[name], block, half] = leads, outcomes
    found = None if centers is None else np.array([centers.get(str(name), np.nan) for name in names])
    return Levels(tuple(names), n, k, found)


def _number_summary(work: Workspace) -> dict[str, float]:
    low, median, high, top, whole, zero = work.one(
        """min(number), median(number), quantile_cont(number, 0.9), max(number),
        avg((number = floor(number))::INTEGER), avg((number = 0)::INTEGER) FROM field WHERE number IS NOT NULL"""
    )
    return {"least": low, "median": median, "p90": high, "most": top, "whole": whole, "zero": zero}
