"""What the shipped specifications of the public sets were chosen by: variants over the backtest, and nothing else.

``python -m benchmarks.choices --data ../shared/data`` fits the trees at every origin of the backtest for each
variant and prints the pooled figures. The held-out rows are not scored. Tree parameters are searched for as the
specification's own ``tuning`` does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

import features
from benchmarks.page import write_section
from features.importers import import_tables
from leadquality.console import out, steps
from training.arms.boosted import fit_from_card, fit_model
from training.backtest.folds import rolling_folds
from training.material import Material, gather
from training.metrics import auc, row_losses
from training.spec import TrainingSpec, read_spec
from training.trials import bag_of
from training.tune import tune

if TYPE_CHECKING:
    from features.facts import Dataset

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results.md"
NO_SEARCH: dict[str, Any] = {"tuning": {}}


@dataclass(frozen=True)
class Variant:
    """What one try changes of a shipped specification; ``bag`` models, begun from the card or not."""

    name: str
    changes: dict[str, Any]
    bag: int = 1
    from_card: bool = False
    searched: bool = False


@dataclass(frozen=True)
class Tried:
    """What a variant says of the rows after every origin: row numbers (m,), each row's log loss (m,), the AUC."""

    rows: np.ndarray
    loss: np.ndarray
    auc: float
    origins: int
    seconds: float


VARIANTS = {
    "saas_trial": (
        Variant("mature labels, rows alike", {}),
        Variant("labels delay_aware", {"labels": "delay_aware"}),
        Variant("weight by lead", {"weight": "lead"}),
        Variant("begun from the card", {}, from_card=True),
        Variant("bag of five seeds", {}, bag=5),
        Variant("searched, bag of five", {}, bag=5, searched=True),
    ),
    "xeducation": (
        Variant("as before", {}),
        Variant("bag of five seeds", {}, bag=5),
        Variant("searched, bag of five", {}, bag=5, searched=True),
    ),
}
CARDS = {"saas_trial": "saas_trial"}


def try_variant(material: Material, spec: TrainingSpec, variant: Variant) -> Tried:
    """Fit at every origin and score the time after it.

    A search is over the same origins, so that its figures here are the better for it.
    """
    began = time.monotonic()
    folds = rolling_folds(material.rows, material.history, material.parts, spec).folds
    grown = bag_of([{}], variant.bag, spec.seed)
    if variant.searched:
        grown = tune(material, spec, folds).bag(variant.bag, spec.seed)
    rows, chances = [], []
    for fold in folds:
        then = replace(material, parts=fold.parts)
        trees = fit_from_card(then, spec, "card", grown) if variant.from_card else fit_model(then, spec, grown)
        rows.append(np.flatnonzero(fold.parts.test))
        chances.append(np.asarray(trees.arm(then).predict(fold.parts.test).probability))
    number, p = np.concatenate(rows), np.concatenate(chances)
    label = material.rows.label[number]
    return Tried(number, row_losses(p, label)[0], auc(p, label), len(folds), time.monotonic() - began)


def table_rows(name: str, dataset: Dataset) -> list[list[str]]:
    """Return a line for each variant of a set: figures, and the paired difference in log loss to the first."""
    lines: list[list[str]] = []
    first: Tried | None = None
    material: Material | None = None
    with steps() as step:
        for variant in VARIANTS[name]:
            step(f"{name}: {variant.name}")
            changes = variant.changes if variant.searched else variant.changes | NO_SEARCH
            spec = read_spec(name, card=CARDS.get(name), **changes)
            material = material or gather(dataset, spec)
            tried = try_variant(material, spec, variant)
            first = first or tried
            gap, error = _gap(tried, first, material)
            positives = int(material.rows.label[tried.rows].sum())
            lines.append(
                [
                    name,
                    variant.name,
                    f"{tried.origins}",
                    f"{len(tried.rows):,} ({positives:,})",
                    f"{tried.auc:.4f}",
                    f"{tried.loss.mean():.5f}",
                    "" if tried is first else f"{gap:+.5f} ({error:.5f})",
                    f"{tried.seconds:.0f}",
                ]
            )
    return lines


def _gap(tried: Tried, first: Tried, material: Material) -> tuple[float, float]:
    """Return the mean paired difference of the losses and its standard error, accounts being the units."""
    if not np.array_equal(tried.rows, first.rows):
        raise ValueError("variants of one set must be scored on the same rows")
    difference = tried.loss - first.loss
    _, where = np.unique(material.rows.cluster[tried.rows], return_inverse=True)
    centred = np.bincount(where, weights=difference - difference.mean())
    return float(difference.mean()), float(np.sqrt((centred**2).sum()) / len(difference))


HEADING = (
    "data",
    "variant",
    "origins",
    "rows (positive)",
    "AUC",
    "log loss",
    "− first (standard error)",
    "seconds",
)


def section(lines: list[list[str]]) -> str:
    """Return the section of docs/results.md."""
    return "\n".join(
        [
            "## What was tried, by the backtest",
            "",
            "`python -m benchmarks.choices`: the trees at every origin before the held-out rows, which are not "
            "scored. A search is over the same origins and flatters itself there; its worth shows on the held-out "
            "rows alone.",
            "",
            f"| {' | '.join(HEADING)} |",
            "| --- " * len(HEADING) + "|",
            *(f"| {' | '.join(line)} |" for line in lines),
            "",
        ]
    )


def main() -> None:
    """Try every variant, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only:
            if not (given.data / name).is_dir():
                out.print(f"{name}: no folder {given.data / name}; left out")
                continue
            mapping = Path(features.__file__).parent / "mappings" / f"{name}.yaml"
            lines += table_rows(name, import_tables(mapping, Path(folder) / name, data=given.data))
    table = Table(box=SIMPLE, padding=0)
    for name in HEADING:
        table.add_column(name)
    for line in lines:
        table.add_row(*line)
    out.print(table)
    if given.write:
        write_section(given.write, section(lines))


if __name__ == "__main__":
    main()
