"""What the worker processes of one service tell each other about the model that is to answer next.

A folder that they share holds one file with the wish, ``wish.json``, written by whoever was asked to reload, and
one file a worker with how far it is. Files are replaced whole, so that nobody reads half of one.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

from features.errors import LeadQualityError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ReloadRefusedError(LeadQualityError):
    """The model that answers stays; the message says why."""


@dataclass(frozen=True)
class Wish:
    """The model that is to answer: first to be made ready by every worker, then to go (or not).

    ``settled`` is the version that answers for certain, empty text where it is still the one of the start.
    """

    number: int = 0
    phase: Literal["prepare", "go", "no"] = "no"
    version: str = ""
    reason: str = ""
    settled: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a worker is with a wish."""

    pid: int
    number: int
    state: Literal["idle", "ready", "failed", "done"]
    version: str
    reason: str = ""


class Board:
    """The shared folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = folder / "wish.json"

    def stamp(self) -> int:
        """Return what changes whenever the wish does; costs one system call."""
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            return 0
        return hash((found.st_mtime_ns, found.st_ino))

    def wish(self) -> Wish:
        """Return the present wish."""
        try:
            return Wish(**json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return Wish()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Be the only one who changes the wish.

        Raises
        ------
        ReloadRefusedError
            Somebody else is about it.

        """
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReloadRefusedError(
                    "another reload is under way", hint="ask again once it has ended"
                ) from None
            yield

    def propose(self, version: str) -> Wish:
        """Ask every worker to make a version ready."""
        before = self.wish()
        return self._put(Wish(before.number + 1, "prepare", version, settled=before.settled))

    def go(self, wish: Wish) -> Wish:
        """Let every worker answer with the version that it has made ready."""
        return self._put(replace(wish, phase="go", settled=wish.version))

    def refuse(self, reason: str, wish: Wish | None = None) -> Wish:
        """Let every worker stay with the model that it has, and say why."""
        if wish is None:
            before = self.wish()
            wish = Wish(before.number + 1, settled=before.settled)
        return self._put(replace(wish, phase="no", reason=reason))

    def _put(self, wish: Wish) -> Wish:
        self._replace(self._file, asdict(wish))
        return wish

    def tell(self, progress: Progress) -> None:
        """Write down how far a worker is."""
        self._replace(self.folder / f"worker-{progress.pid}.json", asdict(progress))

    def leave(self, pid: int) -> None:
        """Strike out a worker that ends."""
        (self.folder / f"worker-{pid}.json").unlink(missing_ok=True)

    def workers(self) -> list[Progress]:
        """Return how far each worker is that lives."""
        found = []
        for file in sorted(self.folder.glob("worker-*.json")):
            try:
                progress = Progress(**json.loads(file.read_bytes()))
            except FileNotFoundError:
                continue
            if _lives(progress.pid):
                found.append(progress)
            else:
                file.unlink(missing_ok=True)
        return found

    def _replace(self, file: Path, content: dict[str, object]) -> None:
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(content), encoding="utf-8")
        new.replace(file)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
