"""Commands on API keys: create, list, revoke."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from features.errors import LeadQualityError
from leadquality.commands.ledger import _DEFAULT, Address
from leadquality.console import out
from leadquality.options import AsJson

keyring = typer.Typer(help="API keys of the scoring service.", no_args_is_help=True)

#: Longest name of a key: it stands in lists and logs.
_LONGEST = 60


@keyring.command("create")
def create(
    name: Annotated[str, typer.Option("--name", help="Who will use it, as in hubspot.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="What it may do: score, ingest, read or admin. Repeatable.")
    ],
    per_minute: Annotated[
        int | None, typer.Option("--per-minute", min=1, help="Requests a minute; else the service's own limit.")
    ] = None,
    address: Address = _DEFAULT,
) -> None:
    """Make a key and print it, this once: only its hash is kept."""
    from serving.front.callers import make_key
    from serving.front.routes import PERMISSIONS
    from serving.ledger import AddKey, open_ledger
    from serving.settings import now

    for each in scope:
        if each not in PERMISSIONS:
            raise LeadQualityError(f"--scope {each}: no such scope", hint=f"there are: {', '.join(PERMISSIONS)}")
    if not 0 < len(name) <= _LONGEST or not name.isprintable():
        raise LeadQualityError(f"--name: expected 1 to {_LONGEST} printable characters")
    key_id, key, secret_hash = make_key()
    scopes = tuple(one for one in PERMISSIONS if one in scope)
    with open_ledger(address) as ledger:
        if not ledger.write(AddKey(key_id, name, secret_hash, scopes, now(), per_minute)):
            raise LeadQualityError("this id is taken", hint="run the command again")
    # On a line of its own and nothing else on standard output: scripts take it from there.
    typer.echo(key)
    typer.echo(
        f"key {key_id} of {name} may {', '.join(scopes)}. It is shown only now; send it as\n"
        f"  Authorization: Bearer {key[:6]}...   or   X-API-Key: {key[:6]}...",
        err=True,
    )


@keyring.command("list")
def show(address: Address = _DEFAULT, as_json: AsJson = False) -> None:
    """List the keys, revoked ones too."""
    from rich.table import Table

    from features.facts.clock import format_moment
    from serving.ledger import open_ledger

    with open_ledger(address, create=False) as ledger:
        keys = ledger.api_keys()
    rows = [
        {
            "key_id": key.key_id,
            "name": key.name,
            "scopes": list(key.scopes),
            "per_minute": key.per_minute,
            "created_at": format_moment(key.created_at),
            "revoked_at": None if key.revoked_at is None else format_moment(key.revoked_at),
        }
        for key in keys
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        out.print(
            "no key was ever made; leadquality keys create --name NAME --scope score makes one", markup=False
        )
        return
    table = Table("id", "name", "may", "a minute", "made", "revoked")
    for row, key in zip(rows, keys, strict=True):
        cells = (key.key_id, key.name, " ".join(key.scopes), key.per_minute, row["created_at"], row["revoked_at"])
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    out.print(table)


@keyring.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as keys list shows it.")],
    address: Address = _DEFAULT,
) -> None:
    """Revoke a key; running services notice within 5 seconds."""
    from serving.front.callers import PREFIX
    from serving.ledger import RevokeKey, open_ledger
    from serving.settings import now

    # Whoever has only the key itself may give that.
    found = key_id.removeprefix(PREFIX).partition("_")[0]
    with open_ledger(address, create=False) as ledger:
        if ledger.write(RevokeKey(found, now())):
            out.print(f"key {found} is revoked", markup=False)
            return
        known = {key.key_id for key in ledger.api_keys()}
    if found in known:
        out.print(f"key {found} was revoked before", markup=False)
        return
    raise LeadQualityError(f"{found[:20]}: no such key", hint="leadquality keys list shows them")
