"""``leadquality serve``: look before starting, start BentoML, say where it answers, stop it cleanly."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from features.errors import LeadQualityError
from features.facts.clock import DAY
from models.registry import CHAMPION, Registry
from serving.about import example_lead
from serving.adapters.library import Library
from serving.address import ServeError, check_address, url_of
from serving.admission import admission
from serving.attend import attend, say
from serving.ledger import open_ledger, upgrade_ledger
from serving.parents import alive_in
from serving.scoring.board import Board
from serving.scoring.reload import change_model
from serving.scoring.trial import try_out
from serving.settings import Settings, hosts_of, now
from serving.shadow_process import Shadow

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.lead_model import LeadModel
    from serving.front.log import LogWhat
    from serving.ledger import ApiKey
    from serving.ledger.engines import Durability
    from serving.scoring.board import Wish


@dataclass(frozen=True)
class Wanted:
    """What is to be served, and how; ``ledger`` None keeps nothing, ``shadow`` names a version or alias."""

    tracking_uri: str | None = None
    host: str = "127.0.0.1"
    port: int = 3000
    workers: int = 1
    ledger: str | None = None
    durability: Durability = "power"
    keys_required: bool = False
    per_minute: float | None = None
    log: LogWhat = "problems"
    shadow: str | None = None
    mappings: tuple[Path, ...] = ()
    user_header: str | None = None
    capacity: int | None = None
    segment_by: str = ""


@dataclass(frozen=True)
class Checked:
    """What was found before starting."""

    address: str
    registry: Registry
    model: LeadModel
    shadow: str | None
    keys_required: bool
    notes: list[str]


def serve(wanted: Wanted) -> int:
    """Serve the champion until interrupted; return the exit code.

    0 after Ctrl-C or SIGTERM; 2, before any server comes up, where there is no champion, its files are damaged,
    or the address or ledger will not do; 1 where the server itself does not come up or dies. SIGHUP has every
    worker answer with the champion as it is then.
    """
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        checked = _check(wanted)
    except LeadQualityError as error:
        say(f"Error: {error}", sys.stderr)
        return 2
    for note in (_title(checked.model), *checked.notes):
        say(note)
    url = url_of(checked.address, wanted.port)
    _open_many_files()
    # A home of its own: in a common one, each server that starts deletes the others' metrics.
    with TemporaryDirectory(prefix="leadquality-") as home, alive_in(Path(home)):
        environment = _environment(home) | _settings(wanted, checked, Path(home)).environment()
        server = subprocess.Popen(_command(checked.address, wanted.port), env=environment)
        beside = _shadow(wanted, checked, environment, Path(home))
        example = _example(checked.model, url, with_key=checked.keys_required)
        return attend(server, url, example, _reload_of(checked.registry.uri, Path(home)), beside)


def _check(wanted: Wanted) -> Checked:
    """Look at everything that could be wrong, while there is somebody to tell."""
    address = check_address(wanted.host, wanted.port)
    if wanted.workers < 1:
        raise ServeError(f"workers {wanted.workers}: expected 1 or more")
    if wanted.per_minute is not None and wanted.per_minute <= 0:
        raise ServeError(f"per-minute {wanted.per_minute:g}: expected more than 0")
    library = Library(wanted.mappings)
    registry = Registry(wanted.tracking_uri)
    # Loading is reading text: this process never predicts, so nothing of LightGBM's threads is inherited.
    model = registry.load(CHAMPION)
    shadow = None
    if wanted.shadow is not None:
        if wanted.ledger is None:
            raise ServeError("a shadow scores what the ledger keeps, and there is none", hint="name one: --ledger")
        shadow = registry.load(wanted.shadow).version
    keys, notes = _open_ledger(wanted)
    required, who = admission(address, keys, wanted.ledger, required=wanted.keys_required)
    if shadow is not None:
        notes.append(f"Shadow: version {shadow} scores what was answered, for leadquality shadow compare.")
    notes = [*library.notes(model.vocabulary), *notes, who]
    return Checked(address, registry, model, shadow, required, notes)


def _open_ledger(wanted: Wanted) -> tuple[list[ApiKey], list[str]]:
    """Make or migrate the ledger, once for all workers; return its keys, and what to say of it."""
    if wanted.ledger is None:
        return [], ["No ledger: nothing is kept, and leads are scored only whole."]
    before, after = upgrade_ledger(wanted.ledger)
    with open_ledger(wanted.ledger, create=False) as ledger:
        keys, place = ledger.api_keys(), ledger.place
    made = "made now" if before is None else "" if before == after else f"brought from schema {before} to {after}"
    return keys, [f"Ledger: {place}{f' ({made})' if made else ''}"]


def _settings(wanted: Wanted, checked: Checked, home: Path) -> Settings:
    return Settings(
        tracking_uri=checked.registry.uri,
        model_version=checked.model.version,
        workers=wanted.workers,
        ledger=wanted.ledger,
        durability=wanted.durability,
        keys_required=checked.keys_required,
        per_minute=wanted.per_minute,
        log=wanted.log,
        home=home,
        mappings=wanted.mappings,
        user_header=wanted.user_header,
        capacity=wanted.capacity,
        segment_by=wanted.segment_by,
        hosts=hosts_of(),
    )


def _reload_of(uri: str, home: Path) -> Callable[[], Wish]:
    """Return a function that has the workers answer with the version that is champion when it is called."""
    return lambda: change_model(
        Board(home / "model"),
        lambda: str(Registry(uri).resolve(CHAMPION).version),
        lambda version: try_out(uri, version),
    )


def _open_many_files() -> None:
    """Allow as many connections as this user may have at all; what starts from here inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _command(address: str, port: int) -> list[str]:
    # Quiet: what BentoML says at start would hide what we say; its errors still come through.
    options = ["--host", address, "--port", str(port), "--quiet"]
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:LeadScoring", *options]


def _shadow(wanted: Wanted, checked: Checked, environment: dict[str, str], home: Path) -> Shadow | None:
    if checked.shadow is None or wanted.shadow is None:
        return None
    uri = checked.registry.uri
    return Shadow.of(
        checked.shadow,
        wanted.shadow,
        environment,
        Board(home / "model"),
        lambda name: str(Registry(uri).resolve(name).version),
        lambda version: try_out(uri, version),
    )


def _environment(home: str) -> dict[str, str]:
    return os.environ | {"BENTOML_HOME": home, "BENTOML_DO_NOT_TRACK": "True"}


def _title(model: LeadModel) -> str:
    card = "no card" if model.card is None else f"card {model.card.name}"
    return (
        f"Lead quality: model version {model.version}, {card}, horizon {model.horizon / DAY:g} days. Starting ..."
    )


def _example(model: LeadModel, url: str, *, with_key: bool) -> str:
    lead = shlex.quote(json.dumps(example_lead(model, now())))
    key = " -H 'Authorization: Bearer lq_...'" if with_key else ""
    return f"Try it:\n  curl -s {url}/v1/score -H 'Content-Type: application/json'{key} \\\n    -d {lead}\n"
