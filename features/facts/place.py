"""Putting a finished dataset in the place of an old one, so that an interruption at any moment can be mended.

The new dataset is written whole beside the old, as ``.<name>.partial``, its manifest last. Then two moves swap the
two. Between the moves there is no dataset at its place; whoever opens it or imports next finishes the swap.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: The last file that an import writes: a folder that has it is whole.
MANIFEST = "dataset.json"


def partial_of(into: Path) -> Path:
    """Return where a dataset is written before it is whole."""
    return into.parent / f".{into.name}.partial"


def old_of(into: Path) -> Path:
    """Return where the old dataset waits while the new one takes its place."""
    return into.parent / f".{into.name}.old"


def begin(into: Path) -> Path:
    """Return a new empty folder to write the dataset to."""
    recover(into)
    partial = partial_of(into)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def finish(into: Path, manifest: str) -> None:
    """Write the manifest, which makes the folder whole, and put it in place of the old one."""
    partial = partial_of(into)
    with (partial / MANIFEST).open("w", encoding="utf-8") as file:
        file.write(manifest)
        file.flush()
        os.fsync(file.fileno())
    shutil.rmtree(old_of(into), ignore_errors=True)
    if into.exists():
        # What stands beside the tables (the simulated market's truth) belongs to the old data and goes with it.
        into.rename(old_of(into))
    # A reader that came between the two moves may have made the second one for us.
    with contextlib.suppress(FileNotFoundError):
        partial.rename(into)
    shutil.rmtree(old_of(into), ignore_errors=True)


def recover(into: Path) -> None:
    """Finish a swap that was interrupted between its two moves, or undo it where the new dataset is not whole."""
    if into.exists():
        return
    partial, old = partial_of(into), old_of(into)
    with contextlib.suppress(FileNotFoundError):
        if (partial / MANIFEST).is_file():
            partial.rename(into)
        elif old.is_dir():
            old.rename(into)
