"""Numbers that look like running totals without a history: their value at the lead's start is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from features.audit.findings import Finding, Subject

if TYPE_CHECKING:
    from features.audit.verdicts import Verdict
    from features.audit.workspace import Workspace

_WORDS = re.compile(
    r"(^|_)(total|totals|count|counts|num|number|visits?|views?|clicks?|opens?|sessions?|time|times|spent|minutes|"
    r"seconds|hours|days|weeks|actions?|logins?|pages?|touches|calls?|contacts?|duration|activities)(_|$)"
)

#: A running total is still 0 for some leads, and a few have much more than most.
ZERO, SKEW = 0.05, 3.0


def counter_findings(work: Workspace, verdicts: list[Verdict]) -> list[Finding]:
    """Warn of each number that goes on counting and has no history, unless it is convicted already."""
    found = []
    for verdict in verdicts:
        field, numbers = verdict.field, verdict.field.numbers
        if verdict.severity == "convicted" or not field.without_history or not numbers:
            continue
        skewed = numbers["least"] == 0 and numbers["zero"] >= ZERO and numbers["p90"] >= SKEW * numbers["median"]
        running = numbers["least"] >= 0 and bool(_WORDS.search(field.name))
        older = next((piece for piece in verdict.pieces if piece.code == "older"), None)
        if running:
            why = "by its name"
        elif older is not None and field.current_only:
            why = older.sentence
        elif skewed and (field.current_only or work.undated):
            why = "0 for some leads, large for a few"
        else:
            continue
        found.append(
            Finding(
                check="as_of_export_counter",
                severity="warning",
                subject=Subject("attribute", field.name, field.entity),
                sentence=(
                    f"{field.name} looks like a running total ({why}) and has no history, so its value "
                    "is that of the day of export; what was counted after the moment asked about is in it, and "
                    "how much cannot be told. "
                    "Nothing in the data convicts it."
                ),
                evidence={
                    "least": numbers["least"],
                    "median": numbers["median"],
                    "90th of 100 leads": numbers["p90"],
                    "most": numbers["most"],
                    "AUC alone": field.levels.auc(),
                },
                leads=field.filled,
                decide=(
                    f"Does {field.name} stop counting when the lead is handed to sales? If not, rebuild it "
                    "from dated "
                    "events, or refuse it."
                ),
            )
        )
    return found


def export_findings(work: Workspace, verdicts: list[Verdict]) -> list[Finding]:
    """Say once which attributes the source gives only as of the export."""
    names = sorted(v.field.key for v in verdicts if v.field.current_only and v.severity != "convicted")
    if not names:
        return []
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return [
        Finding(
            check="as_of_export",
            severity="warning",
            subject=Subject("table", "attributes"),
            sentence=(
                f"{len(names)} attributes have no history and show their value on the day of export: {shown}. "
                "What was "
                "filled in or changed after the moment asked about shows too."
            ),
            evidence={"attributes": len(names)},
            leads=work.leads,
            decide="Which of these can change later, by sales or a process? Export their history, or refuse them.",
        )
    ]
