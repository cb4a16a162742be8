"""Commands on mappings of callers' records: check one, and see what it reads of a body."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.errors import DataError
from leadquality.console import out
from leadquality.options import TrackingUri

if TYPE_CHECKING:
    from models.card.check import Fault
    from serving.adapters.taken import Taken, Untaken

mappings = typer.Typer(
    help="Mappings, by which the service reads callers' own records.", no_args_is_help=True, rich_markup_mode=None
)

MappingFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The mapping's YAML, or the name of a shipped one: hubspot.")
]


@mappings.command("check")
def check(
    file: MappingFile,
    model: Annotated[
        str | None, typer.Option("--model", help="Version or alias: tells what this model does not know.")
    ] = None,
    tracking_uri: TrackingUri = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
) -> None:
    """Tell every fault of a mapping at once, with line, column and what to do; exit with 1 if there are errors."""
    from models.card.check import errors_in
    from serving.adapters.check import check_mapping
    from serving.adapters.library import shipped_path

    vocabulary = None
    if model is not None:
        from models.registry import Registry

        vocabulary = Registry(tracking_uri).load(model).vocabulary
    path = shipped_path(file)
    found = check_mapping(path, vocabulary)
    for fault in found:
        _print_fault(path, fault)
    wrong = len(errors_in(found))
    said = f"{_counted(wrong, 'error')}, {_counted(len(found) - wrong, 'warning')}" if found else "no fault found"
    out.print(f"{path}: {said}", markup=False, soft_wrap=True)
    if wrong or (strict and found):
        raise typer.Exit(1)


@mappings.command("try")
def try_(
    file: MappingFile,
    body: Annotated[Path, typer.Argument(help="A file with a body as the caller sends it, in JSON.")],
) -> None:
    """Show which facts a mapping reads of a body, without scoring or keeping anything."""
    from serving.adapters.library import read_mapping, shipped_path
    from serving.adapters.paths import look_up, parse_path
    from serving.adapters.taken import Taker
    from serving.settings import now

    mapping = read_mapping(shipped_path(file))
    try:
        told: Any = json.loads(body.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{body}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{body}: is not JSON: {error}") from error
    found = (
        told if mapping.records is None or isinstance(told, list) else look_up(told, parse_path(mapping.records))
    )
    taker = Taker(mapping)
    for record in found if isinstance(found, list) else [told]:
        _show(taker.take(record, now()))


def _show(taken: Taken | Untaken) -> None:
    from features.facts.clock import format_moment
    from serving.adapters.taken import Untaken

    if isinstance(taken, Untaken):
        _print(f"lead {taken.lead_id or '(no id)'} cannot be scored: {taken.missing} {taken.why}")
    else:
        created, as_of = format_moment(taken.created_at), format_moment(taken.as_of)
        _print(f"lead {taken.lead_id}, created {created}, account {taken.account_id or 'unknown'}, as of {as_of}")
        for (entity, name), versions in taken.versions.items():
            told = [f"{'(empty)' if text is None else text} ({format_moment(at)})" for at, text in versions]
            _print(f"  {entity} {name}: {'; '.join(told)}")
        for event in taken.events:
            more = [str(each) for each in (event.value, event.channel, event.campaign) if each is not None]
            said = f" ({', '.join(more)})" if more else ""
            _print(f"  {format_moment(event.at)} {event.kind}{said}, id {event.event_id}")
    for fault in taken.unread:
        _print(f"  not read: {fault}")
    _print(f"  fields ignored: {taken.ignored:,}")


def _print_fault(path: Path, fault: Fault) -> None:
    style = "bold red" if fault.severity == "error" else "yellow"
    out.print(f"{path}:{fault.line}:{fault.column}:", markup=False, end=" ", soft_wrap=True)
    out.print(f"{fault.severity}:", style=style, end=" ")
    out.print(fault.what, markup=False, soft_wrap=True)
    if fault.hint:
        out.print(f"    {fault.hint}", style="dim", markup=False, soft_wrap=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
