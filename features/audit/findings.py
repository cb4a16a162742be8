"""What an audit says: findings, the suspects to leave out of features, and the audit as a whole."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

AUDIT_VERSION = 1

Severity = Literal["convicted", "warning", "note"]
What = Literal["attribute", "events", "table", "label"]
Done = Literal["repaired", "quarantined", "left"]

_ORDER: dict[str, int] = {"convicted": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Subject:
    """What a finding is about: an attribute (with its entity), a kind of events, a table, or the label."""

    what: What
    name: str
    entity: str | None = None

    def __str__(self) -> str:
        named = self.name if self.entity is None else f"{self.entity}.{self.name}"
        return f"{self.what} {named}"


@dataclass(frozen=True)
class Suspect:
    """Something to leave out of features until a person trusts it: an attribute, or a kind of events.

    ``key`` is what a ``trust:`` entry names: ``lead.tags`` or ``events.webinar``.
    """

    what: Literal["attribute", "events"]
    name: str
    entity: str | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """Its name in a ``trust:`` entry."""
        return f"{self.entity or self.what}.{self.name}"


@dataclass(frozen=True)
class Finding:
    """One finding: what was seen, in words and in numbers, whom it touches, and what was done about it.

    ``evidence`` maps names with units to numbers; ``leads`` is how many leads it touches; ``months`` are the
    first and the last month touched (``2026-03``), or None where the source has no dates or all are touched
    alike; ``decide`` is what only a person can decide.
    """

    check: str
    severity: Severity
    subject: Subject
    sentence: str
    evidence: dict[str, float | int | str] = field(default_factory=dict)
    leads: int = 0
    months: tuple[str, str] | None = None
    done: Done = "left"
    decide: str | None = None

    @property
    def headline(self) -> str:
        """The sentence up to its first reason."""
        return re.split(r"[:;] |\. ", self.sentence, maxsplit=1)[0].removesuffix(".")


@dataclass(frozen=True)
class Audit:
    """Everything that an audit found in one dataset; the same dataset gives the same audit.

    ``pictures`` holds what the page draws (calendar, maturity, base rate) and ``attributes`` a row per
    attribute; both are plain lists and numbers.
    """

    source: str
    digest: str
    observed_until: str
    undated: bool
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    pictures: dict[str, Any] = field(default_factory=dict)
    attributes: tuple[dict[str, Any], ...] = ()

    @property
    def quarantined(self) -> tuple[Suspect, ...]:
        """What to leave out of features, each once, with the first reason found."""
        suspects: dict[str, Suspect] = {}
        for finding in self.findings:
            subject = finding.subject
            if finding.done == "quarantined" and subject.what in {"attribute", "events"}:
                suspect = Suspect(subject.what, subject.name, subject.entity, finding.sentence)
                suspects.setdefault(suspect.key, suspect)
        return tuple(suspects.values())

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain dictionaries, numbers rounded to six digits."""
        return {
            "version": AUDIT_VERSION,
            "source": self.source,
            "digest": self.digest,
            "observed_until": self.observed_until,
            "undated": self.undated,
            "counts": self.counts,
            "summary": {severity: self.count(severity) for severity in ("convicted", "warning", "note")},
            "quarantined": [{**asdict(suspect), "key": suspect.key} for suspect in self.quarantined],
            "findings": [_plain(asdict(finding)) for finding in self.findings],
            "attributes": [_plain(row) for row in self.attributes],
            "pictures": _plain(self.pictures),
        }

    def to_json(self) -> str:
        """Return the audit as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_html(self) -> str:
        """Return the audit as one HTML page that needs nothing else."""
        from features.audit.page import render  # noqa: PLC0415 - the template engine is only needed for the page

        return render(self)

    def write_json(self, path: Path) -> None:
        """Write the JSON."""
        path.write_text(self.to_json(), encoding="utf-8")

    def write_html(self, path: Path) -> None:
        """Write the page."""
        path.write_text(self.to_html(), encoding="utf-8")


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings with the gravest first; within one severity, in the order they were found."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
