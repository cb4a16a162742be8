"""What was read of an export, per file and month: the part of the import report that shows gaps and overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.importers.sql import ident

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.objects import Export


def rows_by_month(staging: Staging, export: Export) -> dict[str, Any]:
    """Return, for each object: rows, rows by month, months without any between the first and the last, and rows
    that repeat an id, as overlapping slices do.
    """
    found = {}
    for spec in export.shape.objects:
        if not export.has(spec.name):
            continue
        relation = export.shape.relation(spec.name)
        entry: dict[str, Any] = {"rows": staging.count(relation), "files": len(export.files[spec.name])}
        if spec.stamps:
            months = _months(staging, relation, f"{export.shape.moment_sql}({ident(spec.stamps[0])})")
            entry |= {"months": months, "gaps": _gaps(list(months))}
        if "Id" in spec.columns:
            ids = staging.rows(f'SELECT count("Id"), count(DISTINCT "Id") FROM {relation}')[0]
            entry["repeated"] = ids[0] - ids[1]
        found[spec.name] = entry
    return found


def _months(staging: Staging, relation: str, moment: str) -> dict[str, int]:
    query = f"""SELECT strftime({moment}, '%Y-%m') AS month, count(*) FROM {relation}
        WHERE {moment} IS NOT NULL GROUP BY 1 ORDER BY 1"""
    return dict(staging.rows(query))


def _gaps(months: list[str]) -> list[str]:
    """Return the months between the first and the last that are not there.

    >>> _gaps(["2025-11", "2026-02"])
    ['2025-12', '2026-01']
    """
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in months]
    absent = sorted(set(range(min(numbers), max(numbers))) - set(numbers)) if numbers else []
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in absent]
