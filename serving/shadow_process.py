"""The process beside the server that scores in shadow; a reload is of its version too."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
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
        """Start it, or start it anew where it ended or, after a reload, where another version is wanted."""
        stamp = self.board.stamp()
        # Those who answer come first: while a wish is on its way, the processors are theirs.
        if stamp != self._stamp and self.board.wish().phase != "prepare":
            self._stamp = stamp
            self._follow()
        super().look()

    def _follow(self) -> None:
        try:
            version = self.resolve(self.wanted)
            if version == self.version:
                return
            self.try_out(version)
        except LeadQualityError as error:
            say(f"Error: the shadow stays version {self.version}: {error}", sys.stderr)
            return
        self.version = version
        self.restart(_command(version))
        say(f"Shadow: version {version} scores now what is answered.")


def _command(version: str) -> list[str]:
    return [sys.executable, "-m", "serving.scoring.shadow", version]
