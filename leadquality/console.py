"""What the commands print on: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A pipe has no width of its own; this one holds every table whole.
_PIPE_WIDTH = 120

out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
errors = Console(stderr=True, highlight=False)


class Steps:
    """Progress of one command: a line for each finished step with its seconds, a spinner on the present one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._text = ""
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        """Finish the present step and begin another."""
        self.finish()
        self._text, self._began = text, time.monotonic()
        self._task = self._progress.add_task(text, total=None)

    def finish(self) -> None:
        """Put the present step on a line of its own."""
        if self._task is None:
            return
        self._progress.remove_task(self._task)
        self._task = None
        seconds = time.monotonic() - self._began
        self._progress.console.print(f"  [green]✓[/green] {self._text} [dim]{seconds:.1f} s[/dim]")

    def round(self, number: int, loss: float | None) -> None:
        """Show the rounds of a growing model beside the present step."""
        if self._task is not None and number % 10 == 0:
            shown = "" if loss is None else f", log loss {loss:.4f}"
            self._progress.update(self._task, description=f"{self._text} (round {number}{shown})")


@contextmanager
def steps() -> Iterator[Steps]:
    """Show progress on standard error while a command works."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=12), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        shown = Steps(progress)
        yield shown
        shown.finish()
