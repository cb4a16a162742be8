"""A page opened in a real browser, Chromium without a window: printed to PDF, pictured, measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path

#: No first-run pages, no look for updates, nothing kept: the browser finds nobody to ask.
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_PAGE = re.compile(rb"/Type\s*/Page\b")


def chromium() -> str | None:
    """Return the path of Chromium, or None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def print_pdf(page: Path, pdf: Path) -> int:
    """Print a page to PDF as its own print rules say, and return the number of pages."""
    _run(page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    return len(_PAGE.findall(pdf.read_bytes()))


def picture(page: Path, png: Path, width: int, height: int) -> None:
    """Write a picture of a page in a window of so many pixels."""
    _run(page, f"--window-size={width},{height}", f"--screenshot={png}")


def evaluate(page: Path, script: str, width: int = 720, height: int = 1100) -> object:
    """Return what a JavaScript expression is worth on a page, which is freed from its rule against scripts."""
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    asked = f"<script>document.documentElement.dataset.found = JSON.stringify({script})</script>"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(free.replace("</body>", f"{asked}</body>"), encoding="utf-8")
        html = _run(copy, f"--window-size={width},{height}", "--dump-dom")
    found = re.search(r'<html[^>]*\bdata-found="([^"]*)"', html)
    if found is None:
        raise RuntimeError("the browser did not evaluate the script")
    return json.loads(unescape(found[1]))


def requests(page: Path) -> set[str]:
    """Return the addresses that the browser asks for while it shows a page, but for the page itself."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "net.json"
        _run(page, f"--log-net-log={log}", "--dump-dom")
        text = log.read_text(encoding="utf-8", errors="replace")
    # What the browser asks on its own account has no page as its initiator.
    asked = re.findall(r'"initiator":"(?!not an origin)[^"]*".*?"url":"([a-z]+:[^"]*)"', text)
    return {address for address in asked if not address.startswith(("file:", "data:"))}


def _run(page: Path, *options: str) -> str:
    program = chromium()
    if program is None:
        raise FileNotFoundError("chromium is not installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        command = [program, *_FLAGS, f"--user-data-dir={profile}", *options, page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode != 0:
        raise RuntimeError(f"chromium ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
