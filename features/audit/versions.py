"""Attributes with a history: versions written in the act of conversion, and fill before and after the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.audit.findings import Finding, Subject

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
    return [finding for found in fields if (finding := _check(work, found)) is not None]


def _check(work: Workspace, found: Field) -> Finding | None:
    key = "lead_id" if found.entity == "lead" else "account_id"
    until = f"TIMESTAMPTZ '{work.dataset.manifest.observed_until}'"
    later, day_before, at_outcome, later_others, days_others, after, filled_then, filled_now = work.one(
        f"""count(DISTINCT lead_id) FILTER (y = 1 AND known_at > created_at + INTERVAL 1 DAY),
            count(DISTINCT lead_id) FILTER (known_at >= greatest(outcome_at - INTERVAL 1 DAY, created_at +
            INTERVAL 1 DAY)
                AND known_at < outcome_at),
            count(DISTINCT lead_id) FILTER (known_at >= outcome_at AND known_at <= outcome_at + INTERVAL 1 DAY),
            tally(y = 0 AND known_at > created_at + INTERVAL 1 DAY),
            (SELECT greatest(1, sum(epoch({until} - created_at) / 86400)) FROM cohort WHERE y = 0),
            tally(known_at >= outcome_at),
            count(DISTINCT lead_id) FILTER (y = 1 AND value IS NOT NULL AND known_at < outcome_at),
            count(DISTINCT lead_id) FILTER (y = 1 AND value IS NOT NULL)
        FROM (
            SELECT c.lead_id, c.y, c.created_at, c.outcome_at, a.known_at, nullif(trim(a.value), '') AS value
            FROM attributes a JOIN cohort c ON c.{key} = a.entity_id WHERE a.entity = ? AND a.name = ?
        )""",
        [found.entity, found.name],
    )
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
