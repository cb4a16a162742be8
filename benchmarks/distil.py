"""Distilled and refitted cards beside the model, logistic regression, the agreed card, and naive rounding.

``python -m benchmarks.distil --data ../shared/data`` distils on the public sets and a simulated market, learns on
the training rows and measures on the held-out ones. A set whose folder is absent is left out with a plain line.
Naive rounding fits logistic regression on all candidate rules, keeps the N with the largest effects, fits those
again and rounds at the agreed scale. The refitted card has the agreed rules with the points that are proven to be
better on the training rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

import features
from benchmarks.page import write_section
from features.importers import import_tables
from features.simulation import import_simulated
from leadquality.console import out, steps
from models.calibration import LogitLine
from models.card import CardScorer
from training.arms.plain import fit_logistic, fit_recalibrated
from training.comparison import Arm
from training.distil import Distilled, distil_card
from training.distil.allowed import what_is_allowed
from training.distil.distil import lead_weights
from training.distil.fits import Sums, cells_of, fit_cells
from training.distil.pool import compute_pool
from training.distil.propose import Candidate, propose
from training.distil.rounding import round_naively
from training.distil.scale import scale_of
from training.distil.tables import interval
from training.material import gather
from training.rules import refit_path
from training.rules.points import changed_card
from training.rules.rows import rule_rows
from training.spec import read_spec

if TYPE_CHECKING:
    from features.facts import Dataset
    from training.material import Material
    from training.spec import TrainingSpec

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results.md"
#: Name, title, specification and agreed card of each set.
SETS = (
    ("saas_trial", "SaaS free-trial data", "saas_trial", "saas_trial"),
    ("xeducation", "X Education", "xeducation", str(Path(__file__).with_name("xeducation_card.yaml"))),
    ("simulated", "Simulated market", "default", "b2b_example"),
)
_NO_CHANGE = "no change can be told from chance, so that it is the agreed card."
_MEASURES = (("auc", 3), ("log_loss", 4), ("found_at_capacity", 0))


@dataclass(frozen=True)
class Measured:
    """One set's distilled card, the changes that the refit proposes, and the seconds that distilling took."""

    title: str
    found: Distilled
    changes: tuple[str, ...]
    seconds: float


def naive_arm(material: Material, spec: TrainingSpec, rules: int) -> Arm:
    """Round a logistic regression on the same candidates: the yardstick that the search has to beat."""
    train, test, label = material.parts.train, material.parts.test, material.rows.label
    both = train | test
    weight = np.zeros(len(material.rows))
    weight[train] = own = lead_weights(material, spec)
    allowed = what_is_allowed(material)
    candidates = propose(material, allowed, weight, [train])
    # Support is asked of the training rows alone, as in distilling.
    known = compute_pool(material, candidates, allowed, train, own)
    pool = compute_pool(
        material, [Candidate(rule, 1) for rule in known.rules], allowed, both, np.ones(int(both.sum()))
    )
    learnt, held = train[both], test[both]
    regression = LogisticRegression(C=1.0, max_iter=300)
    regression.fit(pool.met[:, learnt].T, label[train], sample_weight=own)
    effect = np.abs(regression.coef_[0]) * pool.met[:, learnt].std(axis=1)
    chosen = np.sort(np.argsort(-effect, kind="stable")[:rules])
    met = np.ascontiguousarray(pool.met[chosen][:, learnt])
    cells = cells_of(met, Sums(own, own * label[train]))
    coefficients, _ = fit_cells(cells.design, cells.weight, cells.target)
    scale = scale_of(material)
    units = round_naively(cells, coefficients, scale.per_log_odds(coefficients[1:] @ met) / scale.step).units
    line = LogitLine.fit((units @ met).astype(np.float64), label[train], own)
    total = (units @ pool.met[chosen][:, held]).astype(np.float64)
    return Arm(total, line.probability(total))


def refitted_arm(material: Material, spec: TrainingSpec) -> tuple[Arm, tuple[str, ...]]:
    """Refit the agreed card on the training rows: its arm on the held-out ones, and what was changed, in words.

    Raises
    ------
    ValueError
        There is no agreed card.

    """
    agreed, train = material.card, material.parts.train
    if agreed is None:
        raise ValueError("there is no agreed card to refit")
    path = refit_path(rule_rows(agreed, material.card_matrix[train], material.rows.take(train), spec))
    changed = changed_card(agreed.card, {change.rule: change.after for change in path.changes}, {})
    left = {rule.name for rule in changed.rules}
    # What the rules left read keeps its name, which the place of a rule is part of.
    reads = zip(agreed.card.rules, agreed.rule_features, strict=True)
    card = CardScorer(changed, tuple(feature for rule, feature in reads if rule.name in left))
    arm = fit_recalibrated(replace(material, card=card), spec).predict(material.parts.test)
    return arm, tuple(change.sentence for change in path.changes)


def measure(dataset: Dataset, title: str, spec: TrainingSpec, rules: int) -> Measured:
    """Distil on one dataset, with logistic regression and naive rounding beside."""
    with steps() as step:
        material = gather(dataset, spec, step)
        step("logistic regression")
        logistic = fit_logistic(material, spec).predict(material.parts.test)
        step("naive rounding")
        naive = naive_arm(material, spec, rules)
        step("refitting the agreed card")
        refitted, changes = refitted_arm(material, spec)
        beside = {"refitted card": refitted, "logistic": logistic, "rounded naively": naive}
        began = time.monotonic()
        found = distil_card(material, spec, rules=rules, beside=beside, step=step)
    return Measured(title, found, changes, time.monotonic() - began)


def section(measured: list[Measured], rules: int) -> str:
    """Return the section of docs/results.md."""
    lines = [
        "## Distilled cards",
        "",
        f"`python -m benchmarks.distil --rules {rules}`: at most {rules} rules learnt from the training rows "
        "([card_distil.md](card_distil.md)), on the held-out rows beside the model (trees grown on the same "
        "rows), the agreed card with a probability for its points, the same card refitted (the changes that are "
        "proven on the training rows, [card_evidence.md](card_evidence.md)), logistic regression, and naive "
        "rounding of a logistic regression on the same candidate rules. The agreed cards of the public sets were "
        "written for this project by guess; nobody ever agreed on them. Differences are paired, with 95 % "
        "intervals from resampled accounts; *found* is opportunities at a tenth of a week's leads.",
    ]
    for one in measured:
        lines += [
            "",
            f"**{one.title}** ({len(one.found.rules)} rules, {one.seconds:.0f} s with the model's trees)",
            "",
        ]
        lines += _table(one.found)
        lost = one.found.lost
        rank, moved = lost.rank_correlation, lost.moved
        lines += [
            "",
            f"Rank correlation with the model {rank.value:.2f} ({rank.low:.2f} to {rank.high:.2f}); "
            f"{moved.value:.0%} ({moved.low:.0%} to {moved.high:.0%}) of the leads in another band.",
            "",
            f"Refitted: {' '.join(one.changes) or _NO_CHANGE}",
        ]
    return "\n".join([*lines, ""])


def _table(found: Distilled) -> list[str]:
    compared = found.lost.comparison
    head = ["", "AUC", "log loss", "found", "AUC − model's", "log loss − model's", "found − model's"]
    lines = [f"| {' | '.join(head)} |", "| --- " + "| ---: " * (len(head) - 1) + "|"]
    for name, figures in compared.estimates.items():
        gaps = compared.differences.get(name)
        cells = [f"{figures[measure].value:.{digits}f}" for measure, digits in _MEASURES]
        cells += [""] * 3 if gaps is None else [interval(gaps[m], digits) for m, digits in _MEASURES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measure every set that is there, print, and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--only", nargs="*", help="names of sets; all without it")
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for name, title, spec_name, card in SETS:
            if given.only and name not in given.only:
                continue
            shown = f"{title}, {given.leads:,} leads" if name == "simulated" else title
            if name == "simulated":
                dataset = import_simulated(given.leads, 1, Path(folder) / name)
            elif (given.data / name).is_dir():
                mapping = Path(features.__file__).parent / "mappings" / f"{name}.yaml"
                dataset = import_tables(mapping, Path(folder) / name, lambda _: None, given.data)
            else:
                out.print(f"{name}: no folder {given.data / name}; left out")
                continue
            measured.append(measure(dataset, shown, read_spec(spec_name, card=card), given.rules))
            out.print(section(measured[-1:], given.rules), markup=False)
    if given.write and measured:
        write_section(given.write, section(measured, given.rules))


if __name__ == "__main__":
    main()
