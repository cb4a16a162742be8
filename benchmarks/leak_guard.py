"""The leak guard on the public data sets with no hint in the mapping: a section of docs/results.md.

``python -m benchmarks.leak_guard --data ../shared/data`` prints it alone; ``make results`` writes all of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.audits import RUNS, import_run
from features.errors import LeadQualityError
from leadquality.console import out, steps
from training.fit import fit_all
from training.inflation import Inflation, measure_inflation
from training.leak_report import guard_sentences
from training.material import gather
from training.spec import read_spec

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.leak_guard import Guard

#: The runs, and the feature set where it is not the specification's own.
SETS = {"xeducation": None, "bank_additional": None, "saas_trial": "default", "olist_funnel": None}

_HEADING = """## Leak guard

The raw files with every column taken as if it were known when the lead came, and no hint in the mapping
(`benchmarks/mappings/*_no_hint.yaml`). What the audit convicts is left out of the features; a second model that
reads it is measured on the same rows and resamples, and dropped. The last column is what those of them would have
added that only the held-out period's facts convict: where it is not below 0, leaving them out flatters nothing.

| data | left out | test AUC | with what is left out | difference | of it, convicted with held-out facts alone |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


def leak_guard_section(data: Path, folder: Path) -> str:
    """Train on every set that is there and return the section; nothing is registered."""
    rows, details = [], []
    for name, feature_set in SETS.items():
        if not (data / RUNS[name].needs).is_dir():
            out.print(f"{name}: no folder {data / RUNS[name].needs}; left out")
            continue
        out.print(f"[bold]Leak guard: {name}[/bold]")
        spec = read_spec(name, features=feature_set)
        with steps() as step:
            step("importing every column")
            material = gather(import_run(RUNS[name], data, folder), spec, step)
            inflation = measure_inflation(material, fit_all(material, spec, step), spec, step)
        rows.append(_row(name, material.guard, inflation))
        details.append(_details(name, feature_set, material.guard, inflation))
    return _HEADING + "\n".join(rows) + "\n\n" + "\n".join(details)


def _row(name: str, guard: Guard, inflation: Inflation | None) -> str:
    figures = ["–"] * 4
    if inflation is not None:
        sighted = "–" if inflation.sighted is None else _interval(inflation.sighted, "+")
        figures = [_interval(inflation.without), _interval(inflation.auc), _interval(inflation.gain, "+"), sighted]
    return f"| {name} | {len(guard.left_out)} | " + " | ".join(figures) + " |"


def _interval(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.value:{sign}.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _details(name: str, feature_set: str | None, guard: Guard, inflation: Inflation | None) -> str:
    keys = [f"`{convict.key}`" + (" (held-out facts)" if convict.sighted else "") for convict in guard.left_out]
    undecided = guard_sentences(guard, inflation)[-1] if guard.warnings else ""
    command = f"leadquality train {name} --spec {name}" + (f" --features {feature_set}" if feature_set else "")
    return f"- **{name}** (`{command}`): {', '.join(keys) or 'nothing'}. {undecided}".rstrip()


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        print(leak_guard_section(arguments.data, Path(folder)))


if __name__ == "__main__":
    try:
        main()
    except LeadQualityError as error:
        raise SystemExit(f"error: {error}") from error
