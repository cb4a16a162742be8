"""Evidence that only several fields together give: one process wrote them, or one dwarfs all others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.evidence import BOTH_WAYS, DWARFS, STRONG_AUC, Evidence, d_prime
from features.audit.firsts import first_values, member_of
from features.audit.levels import ERRORS, FEWEST_LEADS
from features.audit.reading import ALL_OTHERS

if TYPE_CHECKING:
    from features.audit.reading import Field
    from features.audit.workspace import Workspace

#: So many fields filled in for exactly the same leads were written by one process.
PROCESS = 3

#: To dwarf others there must be others that tell something or could.
OTHERS = 3

#: Two fields hold one fact at two times: they agree in so many leads, and else one holds a single other value.
AGREE = 0.3
OVERWRITTEN = 0.95

#: And what was overwritten parts outcomes by this difference in log-odds, or it is only a copy.
PARTS = 0.4

_MOST_VALUES = 60


def group_evidence(work: Workspace, fields: list[Field]) -> dict[str, list[Evidence]]:
    """Evidence per field key from all fields taken together."""
    pieces: dict[str, list[Evidence]] = defaultdict(list)
    for add in (_one_process(fields), _dwarfing(fields), _overwritten(work, fields)):
        for key, piece in add:
            pieces[key].append(piece)
    return pieces


def same_rows(fields: list[Field]) -> list[list[Field]]:
    """Return groups of fields filled in for exactly the same leads, neither nearly all nor nearly none."""
    groups: dict[tuple[str, int, int], list[Field]] = defaultdict(list)
    for found in fields:
        leads = found.levels.leads.sum()
        if 0.02 * leads <= found.filled <= 0.98 * leads:
            groups[found.entity, found.filled, found.rows_hash].append(found)
    return [group for group in groups.values() if len(group) > 1]


def _one_process(fields: list[Field]) -> list[tuple[str, Evidence]]:
    """Weigh fields filled together by a process that came and went, where one tells of the outcome."""
    found = []
    for group in same_rows(fields):
        switched = [_goes_and_comes(member) for member in group]
        if len(group) < PROCESS or not all(switched):
            continue
        telling = max(group, key=_one_way)
        if _one_way(telling) < BOTH_WAYS[1]:
            continue
        names = ", ".join(member.name for member in group)
        sentence = (
            f"{len(group)} fields ({names}) are filled in for exactly the same {telling.filled:,} leads, so one "
            f"process computed them, and {telling.name} parts outcomes sharply"
        )
        numbers = {"fields": float(len(group)), "leads": float(telling.filled), "largest shift": _one_way(telling)}
        found += [(member.key, Evidence("one_process", 2, sentence, numbers)) for member in group]
    return found


def _goes_and_comes(found: Field) -> bool:
    from features.audit.evidence import own_evidence  # noqa: PLC0415 - the two look at each other's halves

    return any(piece.code == "switched" for piece in own_evidence(found))


def _one_way(found: Field) -> float:
    """Return the largest shift in log-odds of a filled-in value, two standard errors taken off."""
    levels = found.levels.pooled()
    move, error = levels.shifts()
    use = levels.filled & (levels.leads >= FEWEST_LEADS)
    sure = abs(move) - ERRORS * error
    return float(sure[use].max()) if use.any() else 0.0


def _dwarfing(fields: list[Field]) -> list[tuple[str, Evidence]]:
    """Weigh a number that tells far more than every other field of the data together could."""
    strength = {found.key: d_prime(found.levels.auc()) for found in fields if found.distinct > 1}
    found = []
    for one in fields:
        others = [strength[other] for other in strength if other != one.key]
        auc = one.levels.auc()
        if not one.levels.numeric or auc < STRONG_AUC or len(others) < OTHERS:
            continue
        if strength[one.key] >= DWARFS * max(others):
            sentence = (
                f"alone it ranks leads of the same time with an AUC of {auc:.3f}, no other of {len(others)} "
                "fields "
                f"tells half as much"
            )
            numbers = {"AUC alone": auc, "d-prime": strength[one.key], "next d-prime": max(others)}
            found.append((one.key, Evidence("dwarfs", 1, sentence, numbers)))
    return found


def _overwritten(work: Workspace, fields: list[Field]) -> list[tuple[str, Evidence]]:
    """Weigh pairs that hold one fact at two times, the later one overwritten by a single value."""
    texts = [
        one
        for one in fields
        if not one.levels.numeric and 3 <= one.distinct <= _MOST_VALUES and one.without_history
    ]
    found = []
    for i, one in enumerate(texts):
        for other in texts[i + 1 :]:
            if one.entity != other.entity or not _share_values(one, other):
                continue
            found += _pair(work, one, other)
    return found


def _share_values(one: Field, other: Field) -> bool:
    values = set(one.levels.names) - {None, ALL_OTHERS}
    shared = values & (set(other.levels.names) - {None, ALL_OTHERS})
    return len(shared) >= 3 and len(shared) >= 0.5 * min(one.distinct, other.distinct)


def _pair(work: Workspace, one: Field, other: Field) -> list[tuple[str, Evidence]]:
    key = member_of(one.entity)
    rows = work.rows(
        f"""SELECT a.value, b.value, count(*), sum(c.y) FROM cohort c
        JOIN ({first_values()}) a ON a.member = c.{key}
        JOIN ({first_values()}) b ON b.member = c.{key}
        WHERE a.value IS NOT NULL AND b.value IS NOT NULL GROUP BY ALL ORDER BY ALL""",
        [one.entity, one.name, other.entity, other.name],
    )
    total = sum(row[2] for row in rows)
    same = sum(row[2] for row in rows if row[0] == row[1])
    if not total or not AGREE <= same / total <= 1 - 0.05:
        return []
    for later, side in ((other, 1), (one, 0)):
        counts: dict[str, int] = defaultdict(int)
        for row in rows:
            if row[0] != row[1]:
                counts[row[side]] += row[2]
        value, leads = max(counts.items(), key=lambda item: (item[1], item[0]))
        if leads < OVERWRITTEN * (total - same):
            continue
        parted = _parted(rows, value, side)
        if parted >= PARTS:
            earlier = one if later is other else other
            sentence = (
                f"{earlier.name} and {later.name} are one fact at two times: equal in {same / total:.0%} of "
                "leads, else "
                f"{later.name} was overwritten with “{value}”, which parts outcomes: so it is not from the "
                "lead's start"
            )
            numbers = {"equal": same / total, "difference in log-odds": parted}
            # The overwritten one was surely written again; the other is of the same kind.
            return [
                (later.key, Evidence("overwritten", 2, sentence, numbers)),
                (earlier.key, Evidence("overwritten", 1, sentence, numbers)),
            ]
    return []


def _parted(rows: list[tuple[Any, ...]], value: str, side: int) -> float:
    """Mean difference in log-odds, for one and the same other value, between kept and overwritten; sure part."""
    cells: dict[str, dict[bool, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        mark = row[1 - side]
        if mark == value or row[side] not in {mark, value}:
            continue
        cells[mark][row[side] == value] = (row[2], row[3])
    top = bottom = 0.0
    for cell in cells.values():
        if len(cell) < 2:
            continue
        (n1, k1), (n0, k0) = cell[True], cell[False]
        ratio = np.log((k1 + 0.5) / (n1 - k1 + 0.5)) - np.log((k0 + 0.5) / (n0 - k0 + 0.5))
        error = 1 / (k1 + 0.5) + 1 / (n1 - k1 + 0.5) + 1 / (k0 + 0.5) + 1 / (n0 - k0 + 0.5)
        top, bottom = top + ratio / error, bottom + 1 / error
    return float(abs(top / bottom) - ERRORS / np.sqrt(bottom)) if bottom else 0.0
