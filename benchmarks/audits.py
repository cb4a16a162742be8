"""Audit the public data sets with no hint in the mapping and write what was found to docs/audits/.

``python -m benchmarks.audits --data ../shared/data``. Only findings are written, never data. A set whose folder is
absent is left out with a plain line.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from features.audit import Audit, audit_dataset
from features.errors import LeadQualityError
from features.importers import import_tables
from leadquality.console import out, steps

if TYPE_CHECKING:
    from features.facts import Dataset

ROOT = Path(__file__).resolve().parent.parent
MAPPINGS = Path(__file__).resolve().parent / "mappings"


@dataclass(frozen=True)
class Run:
    """One audit: the mapping, the folder of data it needs, the page it goes to, and what it shows."""

    mapping: str
    needs: str
    page: str
    shows: str


RUNS = {
    "xeducation": Run(
        "xeducation_no_hint",
        "xeducation",
        "xeducation",
        "X Education, every column of the raw CSV taken as if it were known when the lead came.",
    ),
    "saas_trial": Run(
        "saas_trial_no_hint",
        "saas_trial",
        "saas_trial",
        "SaaS free-trial data with each company's totals of use on the day of export, beside its use by the week.",
    ),
    "saas_trial_totals": Run(
        "saas_trial_totals_only",
        "saas_trial",
        "saas_trial",
        "The same totals with nothing to hold them against: no use by the week.",
    ),
    "olist_funnel": Run(
        "olist_funnel_no_hint",
        "olist_funnel",
        "olist_funnel",
        "Marketing Funnel by Olist, with the columns of closed deals and leads of every date.",
    ),
    "bank_additional": Run(
        "bank_additional_no_hint",
        "bank_additional",
        "bank_additional",
        "UCI Bank Marketing (bank-additional-full), every column taken as if it were known before the call.",
    ),
}


def import_run(run: Run, data: Path, folder: Path) -> Dataset:
    """Import one run's raw files; SaaS totals are summed from the raw rows first, as a CRM would show them."""
    source = data
    if run.needs == "saas_trial":
        source = folder / "saas_trial"
        source.mkdir(exist_ok=True)
        _sum_usage(data / "saas_trial", source)
    return import_tables(MAPPINGS / f"{run.mapping}.yaml", folder / run.mapping, data=source)


def _sum_usage(raw: Path, into: Path) -> None:
    usage = f"read_csv('{raw / 'usage_actions.csv'}')"
    with duckdb.connect() as connection:
        columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {usage}").fetchall()]
        counted = [column for column in columns if column.startswith(("ACTIONS_", "USERS_"))]
        sums = ", ".join(f"sum({column}) AS TOTAL_{column}" for column in counted)
        connection.execute(
            f"""COPY (
                SELECT DISTINCT ON (c.id) c.*, u.* EXCLUDE (id)
                FROM read_csv(['{raw / "customers.csv"}', '{raw / "noncustomers.csv"}'], union_by_name = true) c
                JOIN (SELECT id, min(WHEN_TIMESTAMP) AS first_week, count(*) AS weeks_used, {sums}
                    FROM {usage} GROUP BY id) u USING (id) ORDER BY c.id
            ) TO '{into / "companies.csv"}' (HEADER)"""
        )
    link = into / "usage_actions.csv"
    if not link.exists():
        link.symlink_to((raw / "usage_actions.csv").resolve())


def main() -> None:
    """Audit every set that is there and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "audits")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    pages: dict[str, list[str]] = {}
    for run in RUNS.values():
        if not (arguments.data / run.needs).is_dir():
            out.print(f"{run.mapping}: no folder {arguments.data / run.needs}; left out")
            continue
        out.print(f"[bold]{run.shows}[/bold]")
        with tempfile.TemporaryDirectory() as folder, steps() as step:
            found = audit_dataset(import_run(run, arguments.data, Path(folder)), step)
        pages.setdefault(run.page, []).append(_section(run, found))
    for page, sections in pages.items():
        heading = f"# What the audit finds: {page}\n\nWritten by `python -m benchmarks.audits`; no data.\n"
        (arguments.out / f"{page}.md").write_text("\n".join([heading, *sections]), encoding="utf-8")
        out.print(f"wrote {arguments.out / page}.md")


def _section(run: Run, found: Audit) -> str:
    names = ", ".join(f"`{suspect.name}`" for suspect in found.quarantined) or "nothing"
    counts = (
        f"{found.count('convicted')} convicted, {found.count('warning')} warnings, {found.count('note')} notes."
    )
    lines = [
        f"## {run.shows}",
        "",
        f"Mapping: `benchmarks/mappings/{run.mapping}.yaml`. {found.counts['leads']:,} leads, "
        f"{found.counts['converted leads']:,} with an outcome. {counts}",
        "",
        f"Left out of features by default: {names}.",
        "",
    ]
    for severity, title in (("convicted", "Convicted"), ("warning", "Warnings"), ("note", "Notes")):
        chosen = [finding for finding in found.findings if finding.severity == severity]
        if not chosen:
            continue
        lines += [f"### {title}", ""]
        for finding in chosen:
            decide = f" *To decide: {finding.decide}*" if finding.decide and severity == "warning" else ""
            lines.append(f"- **{finding.subject}** ({finding.leads:,} leads): {finding.sentence}{decide}")
        lines.append("")
    rows = [
        f"| {row['attribute']} | {row['filled']:.0%} | {row['auc']:.3f} | {row['weight']} | {row['verdict']} |"
        for row in found.attributes
    ]
    lines += ["### Every attribute", "", "| attribute | filled | AUC alone, same time | weight | verdict |"]
    return "\n".join([*lines, "| --- | ---: | ---: | ---: | --- |", *rows, ""])


if __name__ == "__main__":
    try:
        main()
    except LeadQualityError as error:
        raise SystemExit(f"error: {error}") from error
