"""Commands that bring a card in from a spreadsheet or from Mautic, and out again."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.errors import ConfigError
from leadquality.console import errors, out

if TYPE_CHECKING:
    from models.card.sheet import Phrases, Reading

_SHEET, _MAUTIC = "sheet", "mautic"
#: So many notes are printed; the rest is counted.
_MOST_NOTES = 40


def import_card(
    file: Annotated[Path, typer.Argument(help="The spreadsheet, .xlsx or CSV, or Mautic's points as JSON.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The card's YAML file to write.")],
    source: Annotated[
        str | None, typer.Option("--from", help="sheet or mautic; else told by the name: .json is mautic.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The card's short name, as in b2b_points.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="The card's title.")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", help="Who agreed it, once for each.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="The day it was agreed, as in 2025-03-03.")] = None,
    grades: Annotated[
        str | None, typer.Option("--grades", help="Least points of A, B and C, as in 60,40,20.")
    ] = None,
    qualified: Annotated[
        int | None, typer.Option("--qualified", help="From so many points on a lead goes to sales.")
    ] = None,
    words: Annotated[
        Path | None, typer.Option("--words", help="YAML: what your headings, attributes and events are called.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="A dataset: its event kinds are known too.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="YAML: what Mautic's actions mean.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Mautic's point group; else those in none.")] = None,
    partly: Annotated[
        bool, typer.Option("--partly", help="Write the rules that can be read; the other rows become comments.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Read a card from the spreadsheet that a team keeps, or from Mautic's points; tell all faults at once."""
    from models.card.sheet import read_mapping, read_mautic, read_sheet

    if output.exists() and not force:
        raise ConfigError(f"-o {output}: is there already", hint="give another name, or --force to write over it")
    given = _settings(name=name, title=title, by=by, on=on, grades=grades, qualified=qualified)
    if _kind(source, file) == _MAUTIC:
        reading = read_mautic(file, given=given, mapping=read_mapping(mapping), group=group)
    else:
        reading = read_sheet(file, given=given, phrases=_phrases(words, data))
    _print_notes(reading)
    text = reading.yaml(partly=partly)
    _print_rules(reading)
    _write(output, text)
    left = len({str(fault.place.row or fault.place) for fault in reading.unread})
    told = f", and {_rows(left, 'row')} not read, as comments" if left else ""
    out.print(f"{output}: {_rows(len(reading.found), 'rule')}{told}", markup=False, soft_wrap=True)
    out.print(f"Next: leadquality card check {output}", markup=False, soft_wrap=True)


def export_card(
    card: Annotated[str, typer.Argument(help="The card: a YAML file or a shipped name.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write: .xlsx, .csv, or .json for Mautic.")
    ],
    mapping: Annotated[Path | None, typer.Option("--mapping", help="YAML: what Mautic's actions mean.")] = None,
    loosely: Annotated[
        bool,
        typer.Option("--loosely", help="For Mautic: rules also without the windows and maxima that it lacks."),
    ] = False,
) -> None:
    """Write a card as a spreadsheet that reads back as the same card, or as Mautic's points."""
    from models.card.read import read_card
    from models.card.sheet import read_mapping, write_mautic, write_sheet
    from training.material import shipped

    read = read_card(shipped("cards", card))
    if output.is_dir():
        raise ConfigError(f"-o {output}: is a folder; expected a file")
    if output.suffix.lower() != ".json":
        write_sheet(read, output)
        out.print(f"{output}: {len(read.rules)} rules of {read.label}", markup=False, soft_wrap=True)
        return
    written = write_mautic(read, output, mapping=read_mapping(mapping), loosely=loosely)
    out.print(
        f"{output}: {written.actions} of {len(read.rules)} rules as point actions", markup=False, soft_wrap=True
    )
    for what, why in written.loosened:
        out.print(f"  {what}: {why}", markup=False, soft_wrap=True)
    for what, why in written.left_out:
        out.print(f"  left out: {what}: {why}", markup=False, soft_wrap=True)


def _rows(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _kind(source: str | None, file: Path) -> str:
    if source is None:
        return _MAUTIC if file.suffix.lower() == ".json" else _SHEET
    if source not in {_SHEET, _MAUTIC}:
        raise ConfigError(f"--from {source}: expected sheet or mautic")
    return source


def _settings(
    *,
    name: str | None,
    title: str | None,
    by: list[str] | None,
    on: str | None,
    grades: str | None,
    qualified: int | None,
) -> dict[str, Any]:
    given: dict[str, Any] = {"name": name, "title": title, "agreed by": by or None, "qualified": qualified}
    if on is not None:
        try:
            given["agreed on"] = dt.date.fromisoformat(on).isoformat()
        except ValueError:
            raise ConfigError(f"--on {on}: not a day", hint="as in 2026-03-01") from None
    if grades is not None:
        numbers = re.fullmatch(r"\s*(-?\d{1,6})\s*[,/ ]\s*(-?\d{1,6})\s*[,/ ]\s*(-?\d{1,6})\s*", grades)
        if numbers is None:
            raise ConfigError(f"--grades {grades}: expected the least points of A, B and C, as in 60,40,20")
        given |= {f"grade {letter}": int(number) for letter, number in zip("ABC", numbers.groups(), strict=True)}
    return {key: value for key, value in given.items() if value is not None}


def _phrases(words: Path | None, data: Path | None) -> Phrases:
    from features.facts import Dataset
    from models.card.sheet import SHIPPED, read_phrases

    phrases = SHIPPED if words is None else read_phrases(words)
    if data is None:
        return phrases
    return phrases.with_kinds(Dataset.open(data).observed_from)


def _print_rules(reading: Reading) -> None:
    from models.card.words import rule_sentence

    for found in reading.found:
        out.print(f"{found.place}: {found.axis}: {rule_sentence(found.rule)}", markup=False, soft_wrap=True)


def _print_notes(reading: Reading) -> None:
    for note in reading.notes[:_MOST_NOTES]:
        errors.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
    if len(reading.notes) > _MOST_NOTES:
        errors.print(f"note: and {len(reading.notes) - _MOST_NOTES:,} more notes", style="yellow")


def _write(output: Path, text: str) -> None:
    partial = output.with_name(f".{output.name}.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(output)
    except OSError as error:
        raise ConfigError(f"-o {output}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
