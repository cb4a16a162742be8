"""The launcher's part once the server is started: wait for it, pass on signals, never leave it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO
from urllib.error import URLError
from urllib.request import urlopen

from serving.scoring.board import ReloadRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving.scoring.board import Wish

#: Seconds that the workers may take to load the model, and that they may take to finish when stopped.
STARTING = 180
STOPPING = 20
#: Seconds between two looks at the server, and before a shadow that ended is started anew.
_LOOK = 0.2
_AGAIN = 30.0


@dataclass
class Asked:
    """What signals asked for since they were last looked at."""

    reload: bool = False


@dataclass
class Beside:
    """A process that scores in shadow beside the server; its end is no reason to stop serving."""

    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)

    def look(self) -> None:
        """Start it, or start it anew where it ended."""
        if self.process is not None and self.process.poll() is None:
            return
        if time.monotonic() < self._next:
            return
        if self.process is not None:
            say(f"Shadow scoring ended with code {self.process.returncode} and is started anew", sys.stderr)
        self._next = time.monotonic() + _AGAIN
        try:
            self.process = subprocess.Popen(self.command, env=self.environment)
        except OSError as error:
            self.process = None
            say(f"Error: shadow scoring cannot be started just now: {error.strerror or error}", sys.stderr)

    def restart(self, command: list[str]) -> None:
        """End it, and start another in its place at the next look."""
        self.stop()
        self.command, self.process, self._next = command, None, 0.0

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            stop(self.process)


def attend(
    server: subprocess.Popen[bytes],
    url: str,
    example: str,
    reload: Callable[[], Wish],
    beside: Beside | None = None,
) -> int:
    """Wait for the server to be ready, then for its end; return the launcher's exit code.

    ``reload`` is what SIGHUP asks for.
    """
    with _signals() as asked:
        try:
            if _wait_until_ready(server, url):
                say(f"Ready at {url} (Ctrl-C stops it)\n\n{example}")
                while server.poll() is None:
                    if asked.reload:
                        asked.reload = False
                        _reload(reload)
                    if beside is not None:
                        beside.look()
                    time.sleep(_LOOK)
                outcome = f"the server ended by itself, with code {server.returncode}"
            else:
                outcome = "the server did not come up"
        except KeyboardInterrupt:
            stop(server)
            say("\nStopped.")
            return 0
        finally:
            if beside is not None:
                beside.stop()
            stop(server)
    say(f"Error: {outcome}; what it said is above", sys.stderr)
    return 1


def _reload(reload: Callable[[], Wish]) -> None:
    try:
        wish = reload()
    except (ReloadRefusedError, OSError) as error:
        say(f"Error: {error}", sys.stderr)
    else:
        say(f"Model version {wish.version} answers now.")


@contextmanager
def _signals() -> Iterator[Asked]:
    """Let SIGTERM, as service managers send it, do what Ctrl-C does, and SIGHUP ask for the present champion.

    A terminal that is closed sends SIGHUP as well; that means the end.
    """
    asked = Asked()
    terminal = _has_terminal()

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def hang_up(_signal: int, _frame: object) -> None:
        if terminal and not _has_terminal():
            raise KeyboardInterrupt
        asked.reload = True

    before = signal.signal(signal.SIGTERM, interrupt), signal.signal(signal.SIGHUP, hang_up)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGHUP, before[1])


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/readyz", timeout=STARTING) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return True
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force where it does not end by itself in time."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def say(text: str, to: TextIO | None = None) -> None:
    """Print a line at once."""
    stream = to or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()
