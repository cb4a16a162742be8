"""The meeting's paper of a simulated market, printed and pictured for the docs.

``python -m benchmarks.paper_pictures`` simulates a market, trains, holds the duel of the shipped card, and writes
``docs/images/paper-N.png``, one picture for each printed page. ``--into DIR`` also keeps the page, its PDF and the
cards; ``--data`` and ``--tracking-uri`` take a market and a version 1 that are there already. Needs Chromium, and
pdftoppm of poppler-utils.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from benchmarks import browser
from features.errors import LeadQualityError
from features.facts import Dataset
from features.simulation import import_simulated
from leadquality.console import out, steps
from training.duel import hold_duel
from training.paper import paper_for
from training.spec import read_spec
from training.train import train

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LEADS, SEED, CAPACITY, CARD = 10_000, 1, 40, "b2b_example"
#: Dots an inch, and greys: enough to be read on a screen, in small files.
DPI, GREYS = 90, 16


def print_pages(page: Path, pdf: Path, into: Path) -> int:
    """Print a page to PDF, write each of its pages as ``into``/paper-N.png in few greys, and return how many."""
    browser.print_pdf(page, pdf)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["pdftoppm", "-r", str(DPI), "-gray", "-png", str(pdf), f"{folder}/page"], check=True, timeout=120
        )
        drawn = sorted(Path(folder).glob("page*.png"))
        for old in into.glob("paper-*.png"):
            old.unlink()
        for number, file in enumerate(drawn, 1):
            few = Image.open(file).convert("L").quantize(GREYS)
            few.save(into / f"paper-{number}.png", optimize=True)
    return len(drawn)


def main() -> None:
    """Make the paper and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="keep the page, its PDF and the cards in this folder")
    parser.add_argument("--data", type=Path, help="a dataset, instead of a simulated market")
    parser.add_argument("--tracking-uri", help="where its version 1 is registered; else it is trained")
    given = parser.parse_args()
    if browser.chromium() is None or shutil.which("pdftoppm") is None:
        raise SystemExit("needs chromium and pdftoppm; on Debian: apt-get install chromium poppler-utils")
    with tempfile.TemporaryDirectory() as folder, steps() as step:
        kept = given.into or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        made = Path(folder) / "data"
        data = Dataset.open(given.data) if given.data else import_simulated(LEADS, SEED, made)
        uri = given.tracking_uri
        if uri is None:
            uri = f"sqlite:///{folder}/mlflow.db"
            spec = read_spec("default", card=CARD, capacity=CAPACITY, backtest={"folds": 0})
            train(data, spec, uri=uri, step=step)
        duel = hold_duel(data, "1", CARD, CAPACITY, uri=uri, step=step)
        paper_for(duel, stem="paper", step=step).write(kept / "paper.html")
        pages = print_pages(kept / "paper.html", kept / "paper.pdf", IMAGES)
    out.print(f"{pages} pages in {IMAGES.relative_to(ROOT)}", markup=False)
    out.print(duel.sentence, markup=False, soft_wrap=True)


if __name__ == "__main__":
    try:
        main()
    except LeadQualityError as error:
        raise SystemExit(str(error)) from None
