"""What a training costs beside its LightGBM fits.

``python -m benchmarks.training --leads 20000`` runs the whole of ``leadquality train --card b2b_example`` without
a search on a simulated market, from the opened dataset to the registered model. It counts the wall time during
which at least one LightGBM fit was running, whichever arm or origin it was for. ``--profile FILE`` writes
cProfile's figures of the main thread as well.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.page import write_section
from features.simulation import import_simulated
from leadquality.console import out, steps
from models.boosted import BoostedTrees
from training.spec import read_spec
from training.train import train
from training.trees import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
#: Wall time of a training over that of the LightGBM fits inside it.
GOAL = 1.5


class Timed:
    """Takes a training's steps, with when each began and what LightGBM did meanwhile."""

    def __init__(self, watch: Watch, shown: Any) -> None:  # noqa: ANN401 - the console's steps
        self._watch, self._shown = watch, shown
        self._marks: list[tuple[str, float, float]] = []

    def __call__(self, text: str) -> None:
        """Begin a step."""
        self._shown(text)
        self._marks.append((text, time.monotonic(), self._watch.seconds))

    def lines(self) -> list[tuple[str, float, float]]:
        """Return each step's text, seconds, and seconds with a fit running; call it once all is over."""
        ends = [*self._marks[1:], ("", time.monotonic(), self._watch.seconds)]
        return [
            (text, end - began, fitted - before)
            for (text, began, before), (_, end, fitted) in zip(self._marks, ends, strict=True)
        ]


@contextmanager
def watched_fits() -> Iterator[Watch]:
    """Count the time within every fit of boosted trees, from any thread."""
    watch, fit = Watch(), BoostedTrees.fit

    def timed(self: BoostedTrees, *given: Any, **named: Any) -> BoostedTrees:  # noqa: ANN401 - passed on
        began = time.monotonic()
        try:
            return fit(self, *given, **named)
        finally:
            watch.add(began, time.monotonic())

    with patch.object(BoostedTrees, "fit", timed):
        yield watch


def measure(leads: int, seed: int, profile: Path | None) -> tuple[list[tuple[str, float, float]], float, float]:
    """Return a line for each step, and the seconds of the training and of the fits inside it."""
    spec = read_spec("default", card="b2b_example")
    with tempfile.TemporaryDirectory() as folder, steps() as shown, watched_fits() as watch:
        uri = f"sqlite:///{folder}/mlflow.db"
        shown("compiling and making MLflow's tables, on a small market")
        train(
            import_simulated(2000, seed, Path(folder) / "small"),
            read_spec("default", card="b2b_example", folds=2, model={"n_estimators": 20}),
            uri=uri,
        )
        shown(f"simulating {leads:,} leads")
        dataset = import_simulated(leads, seed, Path(folder) / "data")
        profiler = cProfile.Profile()
        timed, before, began = Timed(watch, shown), watch.seconds, time.monotonic()
        if profile is not None:
            profiler.enable()
        train(dataset, spec, uri=uri, step=timed)
        profiler.disable()
        wall, inside = time.monotonic() - began, watch.seconds - before
        lines = timed.lines()
    if profile is not None:
        with profile.open("w", encoding="utf-8") as stream:
            pstats.Stats(profiler, stream=stream).sort_stats("cumulative").print_stats(60)
    return lines, wall, inside


def section(lines: list[tuple[str, float, float]], wall: float, inside: float, leads: int) -> str:
    """Return the section of docs/benchmarks.md."""
    return "\n".join(
        [
            "## What a training costs beside its LightGBM fits",
            "",
            f"`python -m benchmarks.training --leads {leads}`: {wall:.0f} s in all, {inside:.0f} s of them with "
            f"a LightGBM fit running, of whichever arm and origin: {wall / inside:.2f} times; the goal is at most "
            f"{GOAL}.",
            "",
            "| step | seconds | with a fit running |",
            "| --- | ---: | ---: |",
            *(f"| {text} | {took:.1f} | {fitted:.1f} |" for text, took, fitted in lines),
            "",
        ]
    )


def main() -> None:
    """Measure, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", type=Path, help="write cProfile's figures there; they slow the training down")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/benchmarks.md"
    )
    given = parser.parse_args()
    lines, wall, inside = measure(given.leads, given.seed, given.profile)
    table = Table(title=f"{given.leads:,} leads", box=SIMPLE, padding=0)
    for name in ("step", "seconds", "with a fit running"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for text, took, fitted in lines:
        table.add_row(text, f"{took:.1f}", f"{fitted:.1f}")
    out.print(table)
    out.print(f"{wall:.1f} s in all, {inside:.1f} s of LightGBM: {wall / inside:.2f} times (goal: at most {GOAL})")
    if given.write:
        write_section(given.write, section(lines, wall, inside, given.leads))


if __name__ == "__main__":
    main()
