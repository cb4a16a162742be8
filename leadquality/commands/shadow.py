"""Commands on what a version scored in shadow."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from leadquality.commands.ledger import _DEFAULT, Address
from leadquality.console import out
from leadquality.options import AsJson

shadows = typer.Typer(help="What a version would have answered in another's place.", no_args_is_help=True)


@shadows.callback()
def group() -> None:
    """Keep `compare` a command of its own while it is the only one."""


@shadows.command("compare")
def compare(
    version: Annotated[
        str | None, typer.Option("--version", help="The version in shadow, where there were several.")
    ] = None,
    address: Address = _DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Compare what was answered with what the shadow would have answered."""
    from serving.ledger import open_ledger
    from serving.scoring.compare_shadow import compare_shadow
    from serving.settings import now

    with open_ledger(address, create=False) as ledger:
        found = compare_shadow(ledger, version, now()).to_dict()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    from rich.table import Table

    n = found["compared"]
    answered = ", ".join(f"version {version} ({rows:,})" for version, rows in found["answered_by"].items())
    _say(
        f"{n:,} of {found['receipts']:,} receipts were scored in shadow by version {found['shadow']}; answered by"
    )
    _say(f"  {answered or 'nobody'}")
    if not n:
        return
    for what, key in (("another probability", "other_probability"), ("another grade", "other_grade")):
        _say(f"{what}: {found[key]:,} ({found[key] / n:.1%})")
    quantiles = ", ".join(f"{float(q):.0%} {value:+.4f}" for q, value in found["difference_quantiles"].items())
    _say(f"probability in shadow less that answered, quantiles: {quantiles}")
    outcomes = {(row["answered"], row["shadow"]): row for row in found["outcomes"]}
    table = Table("answered", "shadow", "receipts", "leads decided", "opportunities", "log loss", "in shadow")
    for row in found["grades"]:
        pair = row["answered"], row["shadow"]
        cells = [*pair, f"{row['receipts']:,}"]
        if pair in outcomes:
            own = outcomes[pair]
            cells += [f"{own['leads']:,}", f"{own['opportunities']:,}"]
            cells += [f"{own['log_loss_answered']:.4f}", f"{own['log_loss_shadow']:.4f}"]
        table.add_row(*cells)
    out.print(table)
    decided = sum(row["leads"] for row in found["outcomes"])
    if decided:
        ours, theirs = (
            sum(row[key] * row["leads"] for row in found["outcomes"]) / decided
            for key in ("log_loss_answered", "log_loss_shadow")
        )
        _say(f"log loss over {decided:,} leads whose horizon is over: answered {ours:.4f}, in shadow {theirs:.4f}")
    else:
        _say("no lead's horizon is over yet, so that nothing can be said of outcomes")


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
