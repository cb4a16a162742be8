"""The command ``leadquality audit``: look through a dataset before any training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError
from leadquality.console import out, steps

if TYPE_CHECKING:
    from features.audit import Audit

_STYLES = {"convicted": "bold red", "warning": "yellow", "note": "dim"}


def audit(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Folder to write audit.html and audit.json to; else the dataset's own."),
    ] = None,
) -> None:
    """Show what leaks, what is cut off and what a person must decide, as a page and as JSON."""
    from features.audit import audit_dataset
    from features.facts import Dataset

    opened = Dataset.open(dataset)
    folder = dataset if into is None else into
    if folder.is_file():
        raise ConfigError(f"--into {folder}: is a file; expected a folder")
    with steps() as step:
        found = audit_dataset(opened, step)
        step("writing the page")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found.write_html(folder / "audit.html")
            found.write_json(folder / "audit.json")
        except OSError as error:
            raise ConfigError(f"--into {folder}: cannot be written: {error.strerror or error}") from error
    _report(found, folder)


def _report(found: Audit, folder: Path) -> None:
    for finding in found.findings:
        if finding.severity == "note":
            continue
        out.print(f"{finding.severity}:", style=_STYLES[finding.severity], end=" ")
        out.print(finding.sentence, markup=False, soft_wrap=True)
    counts = (
        f"{found.count('convicted')} convicted, {_counted(found.count('warning'), 'warning')}, "
        f"{_counted(found.count('note'), 'note')}; "
        f"left out of features: {', '.join(suspect.key for suspect in found.quarantined) or 'nothing'}"
    )
    out.print(counts, markup=False, soft_wrap=True)
    out.print(f"{folder / 'audit.html'} and audit.json hold the evidence", markup=False, soft_wrap=True)


def _counted(number: int, what: str) -> str:
    """Return a number with its noun.

    >>> _counted(1, "warning"), _counted(1_200, "note")
    ('1 warning', '1,200 notes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
