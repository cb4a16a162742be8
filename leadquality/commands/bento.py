"""The command that packs the service with a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadquality.console import out, steps
from leadquality.options import TrackingUri

bentos = typer.Typer(help="The service packed with a model, to run elsewhere.", no_args_is_help=True)


@bentos.callback()
def group() -> None:
    """Keep `build` a command of its own while it is the only one."""


@bentos.command("build")
def build(
    into: Annotated[Path, typer.Option("--into", help="Folder to make.")],
    version: Annotated[str, typer.Option("--version", help="Version or alias of the model.")] = "champion",
    tracking_uri: TrackingUri = None,
) -> None:
    """Pack service, model and card into a Bento that runs with no registry in reach."""
    from models.registry import Registry
    from serving.bento import build_bento

    with steps() as step:
        step("loading the model")
        model = Registry(tracking_uri).load(version)
        step("packing it with the service")
        build_bento(model, into)
    out.print(
        f"{into}: version {model.version}, service and card. It runs by itself:\n"
        f"  LEADQUALITY_LEDGER=$PWD/ledger.db bentoml serve {into.resolve()} --host 127.0.0.1\n"
        f"and as an image: bentoml containerize {into}",
        markup=False,
        soft_wrap=True,
        highlight=False,
    )
