"""Pictures of the pages for README and docs, of a simulated market whose people have made-up names.

``python -m benchmarks.pages_pictures`` simulates a market, trains, holds the duel, fills a ledger, serves the
pages as of the market's last day and writes ``docs/images/pages-*.png``. ``--data`` and ``--tracking-uri`` take
a market and a version 1 that are there already. Needs Chromium, and playwright of the dev extra.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from PIL import Image

from benchmarks import browser
from features.errors import LeadQualityError
from features.facts import Dataset
from features.facts.clock import DAY, HOUR
from features.simulation import import_simulated
from leadquality.console import out, steps
from models.registry import Registry
from serving.app import create_app
from serving.filling.load import load_dataset
from serving.filling.score import score_ledger
from serving.ledger import AttributeFact, Fact, Ledger, RecordFacts, open_ledger
from serving.pages.papers import read_papers
from serving.scoring.champion import Champion
from training.duel import hold_duel
from training.duel.keep import keep_rules
from training.paper import paper_for
from training.spec import read_spec
from training.train import train

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LEADS, SEED, CAPACITY, CARD = 6_000, 1, 40, "b2b_example"
COLOURS = 96
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_FIRST = (
    "Ann",
    "Bo",
    "Carla",
    "Deng",
    "Eva",
    "Femi",
    "Grete",
    "Hugo",
    "Ines",
    "Jun",
    "Kemal",
    "Lena",
    "Mo",
    "Nia",
)
_LAST = ("Adeyemi", "Berg", "Costa", "Dietz", "Endo", "Farkas", "Gupta", "Haas", "Ito", "Jansen", "Kovac", "Lund")
_KINDS = ("Systems", "Foods", "Works", "Group", "Partners", "Labs")
_OWNERS = ("Mia Reed", "Noah Sato", "Olu Toth")


def name_people(ledger: Ledger, known_at: int) -> None:
    """Give every lead a name and an owner, and every account a name; the simulation has none."""
    draw, facts, named = random.Random(SEED), list[Fact](), set[str]()  # noqa: S311 - no secret
    query = "SELECT DISTINCT lead_id, account_id FROM lead_facts ORDER BY lead_id"
    for lead, account in ledger.read(lambda c: c.exec_driver_sql(query).all()):
        name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
        facts.append(AttributeFact("lead", lead, "name", name, known_at))
        facts.append(AttributeFact("lead", lead, "owner", draw.choice(_OWNERS), known_at))
        if account is not None and account not in named:
            named.add(account)
            company = f"{draw.choice(_LAST)} {draw.choice(_KINDS)}"
            facts.append(AttributeFact("account", account, "name", company, known_at))
    for begin in range(0, len(facts), 5_000):
        ledger.write(RecordFacts(tuple(facts[begin : begin + 5_000]), "pictures", known_at))


def take(page: Page, name: str, *, whole: bool = False, clip: int | None = None) -> None:
    """Write a picture of what is shown, in few colours."""
    width = (page.viewport_size or {"width": 0})["width"]
    area = None if clip is None else {"x": 0, "y": 0, "width": width, "height": clip}
    png = page.screenshot(full_page=whole or clip is not None, clip=area)  # type: ignore[arg-type]
    drawn = Image.open(BytesIO(png)).convert("RGB")
    few = drawn.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(IMAGES / f"pages-{name}.png", optimize=True)


def take_all(chrome: Browser, base: str) -> None:
    """Go through the pages, on a desk and on a phone."""
    desk = chrome.new_page(viewport={"width": 1200, "height": 860})
    desk.goto(base)
    desk.wait_for_selector("table.leads", timeout=120_000)
    take(desk, "today")
    moved = "r => /[▲▼]/.test(r.textContent) && /parts/.test(r.textContent)"
    rows = f"rows => rows.filter({moved}).map(r => r.querySelector('a').href)"
    lead = desk.eval_on_selector_all("table.leads tbody tr", rows)[0]
    desk.goto(lead)
    take(desk, "lead", whole=True)
    desk.click("a[href^='/account']")
    take(desk, "account", whole=True)
    desk.goto(f"{base}/card")
    take(desk, "card", clip=1_250)
    phone = chrome.new_page(viewport={"width": 375, "height": 780})
    phone.goto(base)
    take(phone, "phone")
    phone.goto(lead)
    take(phone, "phone-lead")


def main() -> None:
    """Make the market, the model and the ledger, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a dataset, instead of a simulated market")
    parser.add_argument("--tracking-uri", help="where its version 1 is registered; else it is trained")
    given = parser.parse_args()
    if browser.chromium() is None:
        raise SystemExit("needs chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the first to say that it is missing

    with tempfile.TemporaryDirectory() as folder, steps() as step:
        data = Dataset.open(given.data) if given.data else import_simulated(LEADS, SEED, Path(folder) / "data")
        uri = given.tracking_uri
        if uri is None:
            uri = f"sqlite:///{folder}/mlflow.db"
            train(
                data, read_spec("default", card=CARD, capacity=CAPACITY, backtest={"folds": 0}), uri=uri, step=step
            )
        duel = hold_duel(data, "1", CARD, CAPACITY, uri=uri, step=step)
        keep_rules(Registry(uri), "1", paper_for(duel, stem="paper", step=step).rules)
        model, until = Registry(uri).load("1"), data.observed_until
        with open_ledger(f"{folder}/ledger.db", durability="process", patience=120) as ledger:
            step("filling the ledger")
            load_dataset(ledger, data, lambda: until + HOUR, lambda *_: None)
            name_people(ledger, until - 30 * DAY)
            champion = Champion.of(model, until)
            for as_of in (until - 7 * DAY, until):
                score_ledger(ledger, champion, as_of, lambda: until)
            step("taking the pictures")
            app = create_app(
                model, lambda: until + HOUR, ledger, capacity=CAPACITY,
                papers_of=lambda version: read_papers(Registry(uri), version),
            )  # fmt: skip
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none"))
            thread = threading.Thread(target=server.run)
            thread.start()
            while not server.started:
                time.sleep(0.05)
            port = server.servers[0].sockets[0].getsockname()[1]
            try:
                with sync_playwright() as playwright:
                    chrome = playwright.chromium.launch(executable_path=browser.chromium(), args=list(_ARGUMENTS))
                    take_all(chrome, f"http://127.0.0.1:{port}")
                    chrome.close()
            finally:
                server.should_exit = True
                thread.join(30)
    out.print(f"pictures in {IMAGES.relative_to(ROOT)}", markup=False)


if __name__ == "__main__":
    try:
        main()
    except LeadQualityError as error:
        raise SystemExit(str(error)) from None
