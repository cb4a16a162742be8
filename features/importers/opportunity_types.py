"""Which types of opportunity count as a lead's outcome, and what an import says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.sql import texts

if TYPE_CHECKING:
    from features.facts.staging import Staging


def kept_type(column: str, chosen: tuple[str, ...] | None) -> str:
    """SQL for whether an opportunity counts by its type; without a choice new business does, and a blank type."""
    if chosen is None:
        # The word new, not its letters: Renewal holds them too.
        return f"coalesce(list_contains(string_split(snake({column}), '_'), 'new'), true)"
    wanted = tuple(name.strip().casefold() for name in chosen)
    return f"lower(trim(coalesce({column}, ''))) IN ({texts(wanted)})" if wanted else "false"


def note_types(staging: Staging, chosen: tuple[str, ...] | None, file: str) -> None:
    """Note which types of ``deals`` count.

    Raises
    ------
    DataError
        ``chosen`` names a type that no opportunity of ``file`` has.

    """
    counts = staging.rows(
        "SELECT coalesce(type, ''), any_value(kept), count(*) FROM deals GROUP BY 1 ORDER BY 3 DESC, 1"
    )
    known = [name for name, _, _ in counts]
    for name in chosen or ():
        if name.strip().casefold() not in {each.strip().casefold() for each in known}:
            raise DataError(f"{file}: no opportunity has the type {name!r}; {did_you_mean(name, known)}")
    if not counts:
        return
    listed = {
        kept: ", ".join(f"{name or '(blank)'} ({rows})" for name, is_kept, rows in counts if is_kept is kept)
        or "none"
        for kept in (True, False)
    }
    staging.note(
        f"Opportunity types that count as a lead's outcome: {listed[True]}; that do not: {listed[False]}."
    )


def stage_claims(staging: Staging) -> None:
    """Stage ``claims``, a row per lead and opportunity; an opportunity of several leads is a row for each."""
    shared, leads = staging.rows(
        """SELECT count(*), coalesce(sum(leads), 0)::BIGINT FROM (SELECT count(*) AS leads FROM claims
        GROUP BY opportunity_id HAVING leads > 1)"""
    )[0]
    if shared:
        staging.note(
            f"Opportunities of more than one lead: {shared}, of {leads} leads; each lead keeps its own row."
        )
    staging.stage(
        "opportunities",
        """SELECT CASE WHEN count(*) OVER (PARTITION BY opportunity_id) > 1
            THEN opportunity_id || ':' || lead_id ELSE opportunity_id END AS opportunity_id,
            lead_id, account_id, created_at, amount, closed_at, won, _source, _row FROM claims""",
    )
