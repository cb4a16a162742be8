"""The audit of one dataset: every check, in a fixed order, on counts that DuckDB takes from the Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.audit.behaviour import behaviour_findings
from features.audit.calendar import calendar_findings, draw_calendar
from features.audit.counters import counter_findings, export_findings
from features.audit.findings import Audit, in_order
from features.audit.maturity import label_findings, label_pictures
from features.audit.reading import read_fields
from features.audit.stamps import account_findings, stamp_findings, value_findings
from features.audit.verdicts import attribute_rows, judge, verdict_findings
from features.audit.versions import version_findings
from features.audit.workspace import Workspace
from features.facts import silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset


def audit_dataset(dataset: Dataset, step: Callable[[str], None] = silent) -> Audit:
    """Look through a dataset before any training.

    Parameters
    ----------
    dataset
        An opened dataset; only its Parquet files and ``dataset.json`` are read.
    step
        Called with a few words at each step.

    Returns
    -------
    Audit
        Findings, the gravest first, and ``quarantined``: what to leave out of features by default. The same
        dataset gives the same audit.

    """
    step("counting leads and outcomes")
    with Workspace(dataset) as work:
        step("drawing the calendar")
        calendar = draw_calendar(work)
        pictures = {"calendar": calendar, **label_pictures(work)}
        step("weighing the attributes")
        fields = read_fields(work)
        verdicts = judge(work, fields)
        found = verdict_findings(work, verdicts) + version_findings(work, fields)
        found += counter_findings(work, verdicts) + export_findings(work, verdicts)
        step("comparing behaviour before outcomes")
        found += behaviour_findings(work) + calendar_findings(work, calendar)
        step("looking at stamps, ids and accounts")
        found += stamp_findings(work) + value_findings(work, fields) + account_findings(work)
        found += label_findings(work, pictures)
        return Audit(
            source=dataset.manifest.source,
            digest=dataset.manifest.digest,
            observed_until=dataset.manifest.observed_until,
            undated=work.undated,
            counts={**dataset.manifest.counts, "converted leads": work.positives},
            findings=in_order(found),
            pictures=pictures,
            attributes=tuple(attribute_rows(work, verdicts)),
        )
