"""A PostgreSQL of one's own, on a free port and in a folder that goes away with it, to be stopped and started."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds; a busy machine takes minutes to start a server.
PATIENCE = 300


def postgres_binaries() -> Path:
    """Return the folder with ``initdb`` and ``postgres``, or skip the test."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if (found := shutil.which("initdb")) is not None:
        folders.append(Path(found).parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("no PostgreSQL here: neither initdb in the path nor /usr/lib/postgresql/*/bin")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _owner() -> str | None:
    """Return who is to run PostgreSQL, which refuses root: None for oneself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")


@contextlib.contextmanager
def running(command: list[str], log: Path, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, its output into ``log``, to the end of the block."""
    with log.open("ab") as kept, subprocess.Popen(command, stdout=kept, stderr=kept, **more) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    """Wait for a server, or show what it said."""
    until = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)


class Postgres:
    """A server over one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._binaries, owner = postgres_binaries(), _owner()
        self._as_owner = {"user": owner, "cwd": folder}
        self._stack = contextlib.ExitStack()
        if owner is not None:
            shutil.chown(folder, owner)
        made = [self._binaries / "initdb", "-D", folder / "data", "-U", "mlflow", "-A", "trust", "-E", "UTF8"]
        command = [*map(str, made), "--no-sync", "--locale=C"]
        subprocess.run(command, check=True, capture_output=True, **self._as_owner)

    def address(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://mlflow@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", "fsync=off")
        command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        for setting in settings:
            command += ["-c", setting]
        log = self.folder / "log"
        self.process = self._stack.enter_context(running(command, log, **self._as_owner))
        asked = [
            str(self._binaries / "pg_isready"),
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-d",
            "postgres",
        ]
        wait_until(self.process, log, lambda: subprocess.run(asked, check=False).returncode == 0)

    def stop(self) -> None:
        """Stop it as an operator would who does not wait for its clients."""
        if self.process.poll() is None:
            self.process.send_signal(2)
            self.process.wait(60)
        self._stack.close()


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Start PostgreSQL, and yield it."""
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="leadquality-pg-"))
    try:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
