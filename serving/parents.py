"""A worker notices that those who started it are gone, however they ended, and ends as well.

A launcher that is killed outright tells nobody. It holds a lock on a file of the service's folder for as long as
it lives; the system lets go of that when the process is no more.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serving.front.log import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds between two looks.
LOOK = 1.0
_NAME = "launcher"


@contextmanager
def alive_in(home: Path) -> Iterator[None]:
    """Hold the lock that says that the launcher lives, to the end of the block or of the process."""
    # Not inherited by what is started from here: Python closes it there.
    with (home / _NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_gone(home: Path) -> bool:
    """Tell whether there was a launcher here that lives no more."""
    try:
        with (home / _NAME).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        # None in this folder yet, or it has ended by itself and took the folder with it.
        return False
    except BlockingIOError:
        return False
    return True


class Parents:
    """Those above a worker: BentoML's supervisor, its parent, and the launcher above that, where there is one."""

    def __init__(self, home: Path | None) -> None:
        self._home = home
        self._parent = os.getppid()
        self._told = False

    def look(self) -> None:
        """End this worker where its parent is gone, and the parent where the launcher is."""
        if os.getppid() != self._parent:
            self._parent = os.getppid()
            say(logging.WARNING, "the process that started this worker is gone, so it ends")
            # As when it is told to: what is being answered is answered, what waits is written.
            os.kill(os.getpid(), signal.SIGTERM)
        elif not self._told and self._home is not None and is_gone(self._home):
            self._told = True
            say(logging.WARNING, "the launcher is gone, so the service ends")
            os.kill(self._parent, signal.SIGTERM)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK)
