"""What sales said of leads: stages and statuses of this account, by a file that says what each of them means.

Since September 2022 every account names its lifecycle stages as it likes, so none has a meaning that this importer
could know. The stages are read from the export; without the file none is a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from features.errors import ConfigError, DataError, did_you_mean
from features.importers.sql import text
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts.staging import Staging
    from features.importers.objects import Export

Meaning = Literal["accepted", "rejected", "recycled", "nothing"]

_MANUAL = "docs/importers/hubspot.md explains the file; a stage that is no verdict means nothing"
_PROPERTIES = ("lifecyclestage", "hs_lead_status")


class Stages(BaseModel):
    """What this account's own names mean, as read from YAML.

    ``lifecyclestage`` and ``hs_lead_status`` say of each value what sales says by it: accepted, rejected, recycled
    or nothing. ``forms`` names the event kind of a form, by its title or id; other forms are ``form_submission``.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    lifecyclestage: dict[str, Meaning] = {}
    hs_lead_status: dict[str, Meaning] = {}
    forms: dict[str, str] = {}

    @field_validator("lifecyclestage", "hs_lead_status", "forms", mode="before")
    @classmethod
    def _plain_keys(cls, values: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """Stages that an account made itself have numbers for names."""
        return {str(key): value for key, value in values.items()} if isinstance(values, dict) else values

    def meanings(self, name: str) -> dict[str, Meaning]:
        """Return the meanings of one property's values."""
        return self.lifecyclestage if name == "lifecyclestage" else self.hs_lead_status


def read_stages(path: Path | None) -> Stages:
    """Read the file; without one nothing has a meaning.

    Raises
    ------
    ConfigError
        The file cannot be read, or a key or meaning does not belong.

    """
    if path is None:
        return Stages()
    content = read_yaml(path, wanted="what each lifecycle stage means", hint=_MANUAL, error=ConfigError)
    return read_model(content, Stages, where=str(path), hint=_MANUAL, error=ConfigError)


def stage_verdicts(staging: Staging, export: Export, stages: Stages, path: Path | None) -> None:
    """Stage a verdict for each change to a stage or status that means one.

    Raises
    ------
    DataError
        The file gives a meaning to a value that the export does not have.

    """
    for name in _PROPERTIES:
        _check_values(staging, name, stages.meanings(name), export, path)
    said = ", ".join(
        f"({text(name)}, {text(value.casefold())}, {text(meaning)})"
        for name in _PROPERTIES
        for value, meaning in stages.meanings(name).items()
        if meaning != "nothing"
    )
    if said:
        staging.stage(
            "verdicts",
            f"""SELECT c.id AS lead_id, changed_at AS "at", meaning AS verdict, new AS reason, _source, _row
            FROM contacts_changes c JOIN (VALUES {said}) AS m(field, value, meaning)
            ON m.field = c.field AND m.value = lower(trim(c.new))
            QUALIFY changed IS NULL OR row_number() OVER (PARTITION BY c.id, changed
                ORDER BY c.field = 'lifecyclestage', _source, _row) = 1""",
        )
    _note_cleared(staging, export)


def _check_values(
    staging: Staging, name: str, meanings: dict[str, Meaning], export: Export, path: Path | None
) -> None:
    """Refuse meanings of values that are not there, and print the values that have none."""
    counts = staging.rows(
        f"""SELECT value, count(DISTINCT id) FROM (
            SELECT id, trim(new) AS value FROM contacts_changes WHERE field = {text(name)}
            UNION ALL SELECT b.id, trim(l.{name}) FROM hs_contacts l
            JOIN contacts_book b ON b._source = l._source AND b._row = l._row)
        WHERE value <> '' GROUP BY value ORDER BY 2 DESC, 1"""
    )
    known = {value.casefold(): value for value, _ in counts}
    for value in meanings:
        if value.casefold() not in known:
            where = export.files["contacts"][0]
            message = (
                f"{path}: {name}: no contact in {where} ever had {value!r}; {did_you_mean(value, known.values())}"
            )
            raise DataError(message, hint=_MANUAL)
    mapped = {value.casefold() for value in meanings}
    unmapped = ", ".join(f"{value} ({rows})" for value, rows in counts if value.casefold() not in mapped)
    if unmapped:
        staging.note(
            f"Values of {name} without a meaning, so no verdict: {unmapped}. Give them one with --stages FILE."
        )


def _note_cleared(staging: Staging, export: Export) -> None:
    """Count dates that HubSpot cleared when somebody moved a stage back: the history still has them."""
    given = {column.casefold() for column in export.columns["contacts"]}
    cleared = {}
    for stage in _dated_stages(given):
        cleared[stage] = staging.rows(
            f"""SELECT count(DISTINCT b.id) FROM contacts_book b JOIN contacts_changes c USING (id)
            JOIN hs_contacts l ON l._source = b._source AND l._row = b._row
            WHERE c.field = 'lifecyclestage' AND lower(trim(c.new)) = {text(stage)}
                AND blank_to_null(l."hs_lifecyclestage_{stage}_date") IS NULL"""
        )[0][0]
    if any(cleared.values()):
        listed = ", ".join(f"{stage} {rows}" for stage, rows in cleared.items() if rows)
        staging.note(f"Stage dates that were cleared though the stage was reached, by contacts: {listed}.")


def _dated_stages(columns: set[str]) -> list[str]:
    prefix, suffix = "hs_lifecyclestage_", "_date"
    return sorted(
        column[len(prefix) : -len(suffix)]
        for column in columns
        if column.startswith(prefix) and column.endswith(suffix)
    )


def form_kind(stages: Stages) -> str:
    """Return the SQL that makes an event kind of a form's ``title`` and ``form_id``."""
    if not stages.forms:
        return "'form_submission'"
    named = " ".join(
        f"WHEN {text(form.casefold())} THEN snake({text(kind)})" for form, kind in stages.forms.items()
    )
    case = "CASE lower(trim({})) " + named + " END"
    return f"coalesce({case.format('title')}, {case.format('form_id')}, 'form_submission')"


def check_forms(staging: Staging, stages: Stages, path: Path | None) -> None:
    """Refuse kinds for forms that nobody ever sent, and print the forms that have none.

    Raises
    ------
    DataError
        The file names a form that the export does not have.

    """
    counts = staging.rows(
        """SELECT coalesce(blank_to_null(title), ''), coalesce(blank_to_null(form_id), ''), count(*)
        FROM hs_form_submissions GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
    )
    known = {name.strip().casefold(): name for row in counts for name in row[:2] if name}
    for form in stages.forms:
        if form.strip().casefold() not in known:
            message = f"{path}: forms: nobody ever sent {form!r}; {did_you_mean(form, known.values())}"
            raise DataError(message, hint=_MANUAL)
    mapped = {form.strip().casefold() for form in stages.forms}
    rest = [
        f"{title or form_id or '(no name)'} ({rows})"
        for title, form_id, rows in counts
        if not {title.casefold(), form_id.casefold()} & mapped
    ]
    if rest and stages.forms:
        more = f" and {len(rest) - 20} more" if len(rest) > 20 else ""
        staging.note(f"Forms without a kind of their own, so form_submission: {', '.join(rest[:20])}{more}.")
