"""What exact contributions cost: ours, LightGBM's pred_contrib, shap.TreeExplainer, fasttreeshap and woodelf.

``python -m benchmarks.shap`` grows 300 trees over 60 features in four shapes; ``--model booster.txt`` adds a
saved model's. All are asked in turn in one process, round after round, so that what else the machine does falls on
all of them: read the ratios. The slower ones get fewer rows, as the page says. What does not install is skipped.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

from benchmarks.page import write_section
from benchmarks.shap_models import made_rows, models
from models.shap import TreeShap

if TYPE_CHECKING:
    from collections.abc import Callable

    Explain = Callable[[np.ndarray], np.ndarray]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
SIZES = (1, 1000, 100_000)
ROUNDS = 5
#: Seconds beyond which a measurement is not repeated.
PATIENCE = 4.0
#: Most rows that an arm gets where a batch of 1,000 or of 100,000 is meant; time is given per row.
MOST_ROWS = {
    "ours": 100_000,
    "pred_contrib": 1000,
    "shap.TreeExplainer": 200,
    "fasttreeshap": 1000,
    "woodelf": 100_000,
}


#: What the others' libraries raise where they are not there, too old for what they find, or not made for a model.
NOT_FOR_IT = (ImportError, AttributeError, TypeError, ValueError, NotImplementedError)


@dataclass
class Arm:
    """One explainer of one model: what it took to make, and seconds a row by the size of the batch."""

    name: str
    explain: Explain
    preparation: float
    memory: float
    seconds: dict[int, list[float]] = field(default_factory=dict)
    difference: float = 0.0

    def per_row(self, size: int) -> float:
        return median(self.seconds[size])


def ours(booster: lgb.Booster) -> Explain:
    explainer = TreeShap.of(booster)
    return lambda X: explainer.contributions(X, threads=2)[0]


def pred_contrib(booster: lgb.Booster) -> Explain:
    return lambda X: booster.predict(X, pred_contrib=True, num_threads=1 if len(X) == 1 else 2)[:, :-1]


def tree_explainer(booster: lgb.Booster) -> Explain:
    import shap  # noqa: PLC0415 - slow, and not everybody asks for it

    return shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent").shap_values


def fasttreeshap(booster: lgb.Booster) -> Explain:
    import fasttreeshap as library  # noqa: PLC0415 - may not be there

    return library.TreeExplainer(booster, algorithm="v2", n_jobs=2).shap_values


def woodelf(booster: lgb.Booster) -> Explain:
    import pandas as pd  # noqa: PLC0415
    from woodelf import WoodelfExplainer  # noqa: PLC0415 - may not be there

    explainer = WoodelfExplainer(booster, feature_perturbation="tree_path_dependent")
    names = booster.feature_name()
    return lambda X: np.asarray(explainer.shap_values(pd.DataFrame(X, columns=names), verbose=False))


ARMS = {
    "ours": ours,
    "pred_contrib": pred_contrib,
    "shap.TreeExplainer": tree_explainer,
    "fasttreeshap": fasttreeshap,
    "woodelf": woodelf,
}


def resident() -> float:
    """Return the memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def made(booster: lgb.Booster, X: np.ndarray) -> tuple[list[Arm], list[str]]:
    """Make every explainer that can be made and explains two rows; say why of the others. Ours must."""
    found, skipped = [], []
    for name, make in ARMS.items():
        before, began = resident(), time.perf_counter()
        try:
            explain = make(booster)
            preparation = time.perf_counter() - began
            memory = resident() - before
            explain(X[:2])
            explain(X[:1])
        except NOT_FOR_IT as problem:
            if name == "ours":
                raise
            reason = str(problem).strip().splitlines()[0].rstrip(".")
            skipped.append(f"{name} is skipped ({type(problem).__name__}: {reason}).")
            continue
        found.append(Arm(name, explain, preparation, memory))
    return found, skipped


def measure(booster: lgb.Booster, X: np.ndarray) -> tuple[list[Arm], list[str]]:
    """Ask every arm in turn for every size."""
    arms, skipped = made(booster, X)
    expected = booster.predict(X[:200], pred_contrib=True)[:, :-1]
    for arm in arms:
        arm.difference = float(np.abs(np.asarray(arm.explain(X[:200])) - expected).max() / np.abs(expected).max())
    for number in range(ROUNDS):
        for size in SIZES:
            for arm in arms:
                arm.seconds.setdefault(size, []).append(_seconds_a_row(arm, X, size, number))
    return arms, skipped


def _seconds_a_row(arm: Arm, X: np.ndarray, size: int, number: int) -> float:
    rows = min(size, MOST_ROWS[arm.name])
    before = arm.seconds.get(size)
    if before and before[0] * rows > PATIENCE:
        return before[0]
    if size == 1:
        times = []
        patience = time.perf_counter() + 0.5
        for row in np.random.default_rng(number).integers(0, len(X), 300):
            began = time.perf_counter()
            arm.explain(X[row : row + 1])
            times.append(time.perf_counter() - began)
            if time.perf_counter() > patience:
                break
        return median(times)
    if size > 1000 and (rows <= 1000 or number):
        # Nothing is learnt from more rows of an arm that goes row by row; the largest batch is asked once.
        return arm.seconds[1000 if rows <= 1000 else size][0]
    began = time.perf_counter()
    arm.explain(X[:rows])
    return (time.perf_counter() - began) / rows


def loading() -> str:
    """Say what the first row costs a new process, once the compiled kernels are in numba's cache."""
    code = (
        "import sys, time, numpy as np, lightgbm as lgb\n"
        "X = np.random.default_rng(0).normal(size=(200, 3))\n"
        "o = {'verbosity': -1, 'num_threads': 1}\n"
        "booster = lgb.train(o, lgb.Dataset(X, X[:, 0] * X[:, 1]), 5)\n"
        "from features.kernel.search import upper_bound\n"
        "upper_bound(np.arange(5), 0, 4, 3)\n"  # numba's own start, which every service pays for its features
        "from models.shap import TreeShap\n"
        "began = time.perf_counter(); s = TreeShap.of(booster); s.contributions(X); s.raw(X); s.one(X[0])\n"
        "print(time.perf_counter() - began)\n"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) for _ in "123"
    ]
    return f"A process that runs numba already has these kernels from its cache in {min(times) * 1000:.0f} ms."


def lines(name: str, arms: list[Arm]) -> list[str]:
    """Return a table's lines for one model."""
    own = arms[0]
    found = []
    for arm in arms:
        cells = []
        for size in SIZES:
            ratio = "" if arm is own else f", {arm.per_row(size) / own.per_row(size):,.1f}x"
            cells.append(f"{arm.per_row(size) * 1e6:,.1f}{ratio}")
        memory = f"{arm.memory:.0f} MB" if arm.memory >= 1 else "0"
        last = f"{arm.preparation:.2f} s | {memory} | {arm.difference:.0e}"
        found.append(f"| {name} | {arm.name} | {' | '.join(cells)} | {last} |")
    return found


HEAD = [
    "| model | explainer | one row | batch of 1,000 | batch of 100,000 | preparation | memory | difference |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
]


def section(table: list[str], skipped: list[str], loaded: str) -> str:
    """Return the section of docs/benchmarks.md."""
    return "\n".join(
        [
            "## What the reasons cost: exact contributions of boosted trees",
            "",
            "`python -m benchmarks.shap --model booster.txt --write`: 300 trees over 60 features, a tenth of the "
            "values missing; the given model is the demo's champion. Microseconds a row, the median of five "
            "rounds, and how many times ours; one row on one thread, batches on two. Taking rows one by one, "
            "pred_contrib is asked for at most 1,000 rows and shap.TreeExplainer, which hands LightGBM's boosters "
            "to pred_contrib, for 200; what takes seconds is asked once. Preparation is making the explainer; "
            "memory what the process grew by then; the difference is the greatest from pred_contrib over 200 "
            f"rows, relative to the greatest contribution. {loaded}",
            "",
            *dict.fromkeys(skipped),
            "",
            *HEAD,
            *table,
            "",
        ]
    )


def main() -> None:
    """Measure, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="booster.txt of a saved model, measured as well")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/benchmarks.md"
    )
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(loading())  # which also compiles what is not compiled yet
    X = made_rows(np.random.default_rng(0), 500)
    small = lgb.train({"verbosity": -1, "num_threads": 1}, lgb.Dataset(X, np.nan_to_num(X[:, 0])), 2)
    ours(small)(X)  # loads the kernels
    print("growing the models ...")
    table, skipped = [], []
    for name, (booster, X) in models(given.model).items():
        arms, left_out = measure(booster, X)
        table += lines(name, arms)
        skipped += left_out
        print("\n".join([*table[-len(arms) :], *left_out]), flush=True)
    loaded = loading()
    print(loaded)
    if given.write:
        write_section(given.write, section(table, skipped, loaded))


if __name__ == "__main__":
    main()
