"""A real server: the launcher as a process of its own, and plain ways to ask it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil

from tests.postgres import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds; a busy machine takes long to start a server.
PATIENCE = 240


@dataclass
class Live:
    """A running ``leadquality serve``: its process, address, and all that it has printed."""

    process: subprocess.Popen[str]
    url: str
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def example(self) -> dict[str, Any]:
        """What the launcher tells a user to send."""
        line = next(line for line in self.said if line.lstrip().startswith("-d "))
        return json.loads(shlex.split(line)[1])

    def ask(self, path, body=None, *, method=None, key=None, timeout=30):
        """Return status, headers and decoded JSON (text where it is none)."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
                status, given, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, given, content = error.code, error.headers, error.read()
        try:
            return status, given, json.loads(content)
        except ValueError:
            return status, given, content.decode()

    def workers(self) -> list[int]:
        """Return the ids of the processes that answer."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "_bentoml_impl.worker.service" in child.cmdline():
                    found.append(child.pid)
        return found

    def wait_until(self, fact, seconds=60):
        until = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < until, (self.said[-5:], self.complained[-20:])
            time.sleep(0.1)


@contextlib.contextmanager
def serving(folder: Path, *options: str, env: dict[str, str] | None = None, **more: Any) -> Iterator[Live]:
    """Run ``leadquality serve`` in a folder to the end of the block, with no home but that folder."""
    port = free_port()
    command = [sys.executable, "-m", "leadquality", "serve", "--port", str(port), *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=os.environ | {"HOME": str(folder), "PYTHONUNBUFFERED": "1"} | (env or {}),
        start_new_session=True,
        **more,
    )
    live = Live(process, f"http://127.0.0.1:{port}")
    readers = [
        threading.Thread(target=_collect, args=(process.stdout, live.said)),
        threading.Thread(target=_collect, args=(process.stderr, live.complained)),
    ]
    for reader in readers:
        reader.start()
    try:
        live.wait_until(
            lambda: process.poll() is not None or any(line.lstrip().startswith("-d ") for line in live.said),
            PATIENCE,
        )
        assert process.poll() is None, (live.said, live.complained)
        yield live
    finally:
        stop(process)
        for reader in readers:
            reader.join(20)
        process.stdout.close()
        process.stderr.close()


def stop(process) -> None:
    """End the launcher as Ctrl-C does, and whatever it left."""
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(40)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def _collect(stream, lines) -> None:
    with contextlib.suppress(ValueError):
        for line in stream:
            lines.append(line.rstrip("\n"))
