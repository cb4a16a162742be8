"""``leadquality serve``: look before starting, start BentoML, say where it answers, stop it cleanly."""

from __future__ import annotations

import ipaddress
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TextIO
from urllib.error import URLError
from urllib.request import urlopen

from features.errors import LeadQualityError
from features.facts.clock import DAY
from models.registry import CHAMPION, Registry
from serving.about import example_lead
from serving.settings import MODEL_VERSION, TRACKING_URI, WORKERS, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.lead_model import LeadModel

#: Seconds that the workers may take to load the model, and that they may take to finish when stopped.
STARTING = 180
STOPPING = 20


class ServeError(LeadQualityError):
    """An address or number of workers that cannot be served."""


def serve(tracking_uri: str | None, host: str = "127.0.0.1", port: int = 3000, workers: int = 1) -> int:
    """Serve the champion until interrupted; return the exit code.

    0 after Ctrl-C or SIGTERM; 2, before any server comes up, where there is no champion, its files are
    damaged, or the address cannot be had; 1 where the server itself does not come up or dies.
    """
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        address = _check_address(host, port, workers)
        registry = Registry(tracking_uri)
        # Loading is reading text: this process never predicts, so nothing of LightGBM's threads is inherited.
        model = registry.load(CHAMPION)
    except LeadQualityError as error:
        _say(f"Error: {error}", sys.stderr)
        return 2
    _say(_title(model))
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    ours = {TRACKING_URI: registry.uri, MODEL_VERSION: model.version, WORKERS: str(workers)}
    # A home of its own: in a common one, each server that starts deletes the others' metrics.
    with TemporaryDirectory(prefix="leadquality-") as home, _terminated_like_interrupted():
        server = subprocess.Popen(_command(address, port), env=_environment(home) | ours)
        return _attend(server, url, _example(model, url))


def _check_address(host: str, port: int, workers: int) -> str:
    """Return the host as an IP address that can be bound on this port."""
    if not 1 <= port <= 65_535:
        raise ServeError(f"port {port}: expected 1 to 65535")
    if workers < 1:
        raise ServeError(f"workers {workers}: expected 1 or more")
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        message = f"host {host!r} is not an IP address"
        raise ServeError(message, hint="127.0.0.1 for this machine alone, 0.0.0.0 for all networks") from None
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
            probe.listen()
        except OSError as error:
            message = f"port {port} on {address} cannot be had: {os.strerror(error.errno or 0).lower()}"
            raise ServeError(message, hint=f"stop what uses it, or take another: --port {port + 1}") from None
    return str(address)


def _command(address: str, port: int) -> list[str]:
    # Quiet: what BentoML says at start would hide what we say; its errors still come through.
    options = ["--host", address, "--port", str(port), "--quiet"]
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:LeadScoring", *options]


def _environment(home: str) -> dict[str, str]:
    return os.environ | {"BENTOML_HOME": home, "BENTOML_DO_NOT_TRACK": "True"}


def _attend(server: subprocess.Popen[bytes], url: str, example: str) -> int:
    """Wait for the server to be ready, then for its end; never leave it behind."""
    try:
        if _wait_until_ready(server, url):
            _say(f"Ready at {url} (Ctrl-C stops it)\n\n{example}")
            server.wait()
            outcome = f"the server ended by itself, with code {server.returncode}"
        else:
            outcome = "the server did not come up"
    except KeyboardInterrupt:
        _stop(server)
        _say("\nStopped.")
        return 0
    finally:
        _stop(server)
    _say(f"Error: {outcome}; what it said is above", sys.stderr)
    return 1


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM, as service managers send it, do what Ctrl-C does."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    for _ in _until(time.monotonic() + STARTING):
        if server.poll() is not None:
            return False
        try:
            with urlopen(f"{url}/readyz", timeout=STARTING) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return True
        except (URLError, OSError):
            pass
    return False


def _until(deadline: float) -> Iterator[None]:
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(STOPPING)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _title(model: LeadModel) -> str:
    card = "no card" if model.card is None else f"card {model.card.name}"
    return (
        f"Lead quality: model version {model.version}, {card}, horizon {model.horizon / DAY:g} days. Starting ..."
    )


def _example(model: LeadModel, url: str) -> str:
    lead = shlex.quote(json.dumps(example_lead(model, now())))
    return f"Try it:\n  curl -s {url}/v1/score -H 'Content-Type: application/json' \\\n    -d {lead}\n"


def _say(text: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()
