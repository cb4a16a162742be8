"""The process beside the server that scores in shadow; a reload is of its version too."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from features.errors import LeadQualityError
from serving.attend import Beside, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.scoring.board import Board


@dataclass
class Shadow(Beside):
    """Scores in shadow with the version that ``wanted``, a version or alias, names when the model is reloaded.

    ``resolve`` returns the version that a name stands for, ``try_out`` raises where a version cannot be used; then
    the one that scores stays.
    """

    version: str
    wanted: str
    board: Board
    resolve: Callable[[str], str]
    try_out: Callable[[str], None]
    _stamp: int = field(init=False)
    _trial: Thread | None = field(default=None, init=False)
    _found: str = field(default="", init=False)

    @classmethod
    def of(
        cls,
        version: str,
        wanted: str,
        environment: dict[str, str],
        board: Board,
        resolve: Callable[[str], str],
        try_out: Callable[[str], None],
    ) -> Shadow:
        """Return the shadow of a service in this environment; it is started by its first :meth:`look`."""
        # Where BentoML's workers keep their figures, so that /metrics shows the shadow's among them.
        figures = {"PROMETHEUS_MULTIPROC_DIR": str(Path(environment["BENTOML_HOME"]) / "prometheus_multiproc_dir")}
        return cls(_command(version), environment | figures, version, wanted, board, resolve, try_out)

    def __post_init__(self) -> None:
        self._stamp = self.board.stamp()

    def look(self) -> None:
        """Start it, or start it anew where it ended or, after a reload, where another version is wanted.

        A trial takes up to two minutes: it has a thread of its own, so that signals are seen to.
        """
        stamp = self.board.stamp()
        # Those who answer come first: while a wish is on its way, the processors are theirs.
        if stamp != self._stamp and self._trial is None and self.board.wish().phase != "prepare":
            self._stamp = stamp
            trial = Thread(target=self._find, name="shadow-trial", daemon=True)
            try:
                trial.start()
            except RuntimeError as error:
                say(f"Error: the shadow stays version {self.version}: {error}", sys.stderr)
            else:
                self._trial = trial
        if self._trial is not None and not self._trial.is_alive():
            self._trial = None
            self._follow()
        super().look()

    def _find(self) -> None:
        """Find out which version is wanted, and whether it will do; runs in a thread."""
        self._found = self.version
        try:
            version = self.resolve(self.wanted)
            if version != self.version:
                self.try_out(version)
            self._found = version
        except (LeadQualityError, OSError) as error:
            say(f"Error: the shadow stays version {self.version}: {error}", sys.stderr)

    def _follow(self) -> None:
        if self._found == self.version:
            return
        self.version = self._found
        self.restart(_command(self.version))
        say(f"Shadow: version {self.version} scores now what is answered.")


def _command(version: str) -> list[str]:
    return [sys.executable, "-m", "serving.scoring.shadow", version]
