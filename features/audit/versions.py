"""Attributes with a history: versions written in the act of conversion, and fill before and after the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.audit.findings import Finding, Subject
from features.audit.firsts import stretches

if TYPE_CHECKING:
    from features.audit.reading import Field
    from features.audit.workspace import Workspace

#: Written in the act: this share of converted leads had a version in the last day before the outcome, and so many
#: times as often as other leads on a day of theirs.
IN_THE_ACT, TIMES_AS_OFTEN = 0.2, 20.0

#: Filled only afterwards: of converted leads so much more filled at the export than at the outcome.
FILLED_LATER = 0.2

FEWEST_LEADS = 30


def version_findings(work: Workspace, fields: list[Field]) -> list[Finding]:
    """Check every attribute that has versions later than its lead; nothing for an undated source."""
    if work.undated or work.positives < FEWEST_LEADS:
        return []
    until = f"TIMESTAMPTZ '{work.dataset.manifest.observed_until}'"
    days_others = float(
        work.one(
            f"greatest(1, sum(epoch({until} - created_at) / 86400)) FROM cohort WHERE y = 0",
        )[0]
    )
    counted = _count(work, "lead") | _count(work, "account")
    checked = [_check(work, found, counted.get(found.key, (0,) * 7), days_others) for found in fields]
    return [finding for finding in checked if finding is not None]


def _count(work: Workspace, entity: str) -> dict[str, tuple[int, ...]]:
    """Count versions by when they were written, by ``lead.tags``; the numbers are those that ``_check`` names.

    Versions of converted leads are first brought to a row a lead; of the others only later ones are counted.
    """
    key = "lead_id" if entity == "lead" else "account_id"
    counted: dict[str, tuple[int, ...]] = {}
    for condition, bounds in stretches(work, entity):
        converted = work.rows(
            f"""SELECT name, tally(later), tally(day_before), tally(at_outcome), sum(after)::BIGINT,
                tally(filled_then), tally(filled_now) FROM (
                SELECT a.name, c.position,
                    bool_or(a.known_at > c.created_at + INTERVAL 1 DAY) AS later,
                    bool_or(a.known_at >= greatest(c.outcome_at - INTERVAL 1 DAY, c.created_at + INTERVAL 1 DAY)
                        AND a.known_at < c.outcome_at) AS day_before,
                    bool_or(a.known_at >= c.outcome_at AND a.known_at <= c.outcome_at + INTERVAL 1 DAY)
                        AS at_outcome,
                    tally(a.known_at >= c.outcome_at) AS after,
                    bool_or(trim(a.value) <> '' AND a.known_at < c.outcome_at) AS filled_then,
                    bool_or(trim(a.value) <> '') AS filled_now
                FROM attributes a JOIN cohort c ON c.{key} = a.entity_id
                WHERE a.entity = '{entity}' AND {condition} AND c.y = 1 GROUP BY 1, 2
            ) GROUP BY name""",
            bounds,
        )
        others = work.rows(
            f"""SELECT a.name, count(*) FROM attributes a JOIN cohort c ON c.{key} = a.entity_id
            WHERE a.entity = '{entity}' AND {condition} AND c.y = 0 AND a.known_at > c.created_at + INTERVAL 1 DAY
            GROUP BY 1""",
            bounds,
        )
        parts = [(name, (*numbers, 0)) for name, *numbers in converted]
        parts += [(name, (0, 0, 0, 0, 0, 0, number)) for name, number in others]
        for name, numbers in parts:
            before = counted.get(f"{entity}.{name}", (0,) * 7)
            counted[f"{entity}.{name}"] = tuple(a + b for a, b in zip(before, numbers, strict=True))
    return counted


def _check(work: Workspace, found: Field, counted: tuple[int, ...], days_others: float) -> Finding | None:
    later, day_before, at_outcome, after, filled_then, filled_now, later_others = counted
    usual = later_others / days_others
    share = day_before / work.positives
    numbers: dict[str, float | int | str] = {
        "converted leads with a version in the last day before": day_before,
        "share of converted leads": share,
        "versions a day of other leads": float(usual),
        "converted leads with a version in the day after": at_outcome,
        "versions after the outcome": after,
        "converted leads filled before the outcome": filled_then,
        "converted leads filled by the export": filled_now,
    }
    subject = Subject("attribute", found.name, found.entity)
    if share >= IN_THE_ACT and day_before >= FEWEST_LEADS and share >= TIMES_AS_OFTEN * usual:
        return Finding(
            check="written_in_the_act",
            severity="convicted",
            subject=subject,
            sentence=(
                f"{found.name} is written within the last day before the outcome for {share:.0%} of converted "
                "leads, "
                f"{share / max(usual, 1e-9):,.0f} times as often as on a day of other leads: it is part of "
                "converting."
            ),
            evidence=numbers,
            leads=int(day_before),
            months=work.months("y = 1"),
            done="quarantined",
            decide=f"If {found.name} is written before anybody decides to convert the lead, trust it.",
        )
    if later and filled_now - filled_then >= max(FILLED_LATER * work.positives, FEWEST_LEADS):
        return Finding(
            check="filled_after_outcome",
            severity="note",
            subject=subject,
            sentence=(
                f"{found.name} was filled for {filled_then:,} converted leads before the outcome and for "
                f"{filled_now:,} by "
                "the export. It is dated, so rows before the outcome do not see what came later."
            ),
            evidence=numbers,
            leads=int(filled_now - filled_then),
            months=work.months("y = 1"),
            done="repaired",
        )
    return None
