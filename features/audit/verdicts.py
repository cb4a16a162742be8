"""The verdict on each attribute: evidence weighed, said in plain sentences, and what a person must decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.evidence import CODES, CONVICT, Evidence, by_name, own_evidence, weight_of
from features.audit.export_time import prepare_totals, time_evidence
from features.audit.findings import Finding, Subject
from features.audit.together import group_evidence

if TYPE_CHECKING:
    from features.audit.reading import Field
    from features.audit.workspace import Workspace


@dataclass(frozen=True)
class Verdict:
    """One attribute, the evidence against it, and its weight."""

    field: Field
    pieces: tuple[Evidence, ...]
    weight: int

    @property
    def severity(self) -> str:
        """``convicted``, ``warning``, ``note`` or ``clean``."""
        if self.weight >= CONVICT:
            return "convicted"
        return {2: "warning", 1: "note"}.get(self.weight, "clean")


def judge(work: Workspace, fields: list[Field]) -> list[Verdict]:
    """Weigh the evidence against every attribute."""
    prepare_totals(work)
    together = group_evidence(work, fields)
    verdicts = []
    for found in fields:
        pieces = [*own_evidence(found), *time_evidence(work, found), *together.get(found.key, []), *by_name(found)]
        weight = weight_of(pieces) if work.positives else 0
        verdicts.append(Verdict(found, tuple(pieces), weight))
    return verdicts


def verdict_findings(work: Workspace, verdicts: list[Verdict]) -> list[Finding]:
    """Turn verdicts into findings, one for each attribute with any evidence against it."""
    return [_finding(work, verdict) for verdict in verdicts if verdict.severity != "clean"]


def _finding(work: Workspace, verdict: Verdict) -> Finding:
    found = verdict.field
    subject = Subject("attribute", found.name, found.entity)
    # A name is only told beside data, and only where it weighed.
    pieces = sorted((p for p in verdict.pieces if p.code != "name"), key=lambda piece: -piece.weight)
    named = [
        p for p in verdict.pieces if p.code == "name" and verdict.severity == "convicted" and _needed(verdict)
    ]
    said = "; ".join(piece.sentence for piece in [*pieces, *named])
    numbers: dict[str, float | int | str] = {"weight of evidence (convicted from 3)": verdict.weight}
    for piece in pieces:
        numbers.update({f"{CODES[piece.code]}: {name}": value for name, value in piece.numbers.items()})
    months = None if work.undated else work.months("true")
    opening, decide = {
        "convicted": (
            "was very likely not known when the lead came",
            f"If you know that {found.name} is known before the outcome, take it back with a trust: entry and "
            "the reason.",
        ),
        "warning": (
            "may have been written after the outcome; the data cannot tell",
            f"Find out when {found.name} is filled in, and by whom. If it can be after sales spoke with the "
            "lead, refuse it.",
        ),
        "note": ("differs between the outcomes as honest fields may, too", None),
    }[verdict.severity]
    return Finding(
        check="written_after_outcome",
        severity=verdict.severity,  # type: ignore[arg-type]
        subject=subject,
        sentence=f"{found.name} {opening}: {said}.",
        evidence=numbers,
        leads=found.filled,
        months=months,
        done="quarantined" if verdict.severity == "convicted" else "left",
        decide=decide,
    )


def _needed(verdict: Verdict) -> bool:
    return weight_of([piece for piece in verdict.pieces if piece.code != "name"]) < CONVICT


def attribute_rows(work: Workspace, verdicts: list[Verdict]) -> list[dict[str, Any]]:
    """Return one row per attribute for the table at the page's end."""
    rows = []
    for verdict in verdicts:
        found = verdict.field
        levels = found.levels
        filled = levels.filled
        converted, leads = levels.outcomes[filled].sum(), levels.leads[filled].sum()
        rows.append(
            {
                "attribute": found.key,
                "filled": float(leads / max(work.leads, 1)),
                "filled_converted": float(converted / max(work.positives, 1)),
                "filled_others": float((leads - converted) / max(work.leads - work.positives, 1)),
                "distinct": found.distinct,
                "history": not found.without_history,
                "auc": float(np.clip(levels.auc(), 0, 1)),
                "weight": verdict.weight,
                "verdict": verdict.severity,
            }
        )
    return rows
