"""Chromium without a window, and the application behind a real port for it."""

from __future__ import annotations

import contextlib
import threading
import time

import uvicorn

from benchmarks import browser
from tests.postgres import free_port

#: Nothing is asked for on the browser's own account.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@contextlib.contextmanager
def chromium():
    """Start the browser; a test without playwright or Chromium is skipped before."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=browser.chromium(), args=list(ARGUMENTS))
        try:
            yield found
        finally:
            found.close()


@contextlib.contextmanager
def served(app):
    """Serve an application on a port of its own; yield its address."""
    port = free_port()
    config = uvicorn.Config(app, "127.0.0.1", port, log_config=None, lifespan="off", ws="none", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
