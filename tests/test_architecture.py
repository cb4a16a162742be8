"""The house's own rules: imports run downward, light parts stay light, and files name no machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("mlflow", "bentoml", "lightgbm", "sklearn", "shap", "matplotlib")


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def test_imports_run_downward():
    found = run(Path(sys.executable).parent / "lint-imports", "--no-cache")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


@pytest.mark.parametrize(
    ("imported", "kept_out"),
    [
        ("features", (*HEAVY, "duckdb", "numba")),
        (
            "features.facts, features.history, features.language, features.plan, features.payload, "
            "features.levels, features.frames, features.open_leads, features.requests, "
            "features.importers, features.simulation",
            HEAVY,
        ),
        ("models, models.lead_model, models.answer, models.card", ("mlflow", "bentoml", "matplotlib")),
        ("serving.app", ("bentoml", "training", "matplotlib")),
        # `leadquality --help` must not wait for what a command needs later.
        ("leadquality.cli", (*HEAVY, "numba", "duckdb", "training.train", "serving.app")),
    ],
)
def test_what_importing_a_part_leaves_out(imported, kept_out):
    """``import features`` brings no tracker, no server and no learner with it."""
    code = f"import sys\nimport {imported}\nprint([n for n in {kept_out!r} if n in sys.modules])"
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "[]"


def tracked():
    names = run("git", "ls-files", "-z").stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a package registry", r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|deb\.debian)[\w.-]*"),
        ("a folder of one machine", r"(?<![\w.])/(?:work|farm|tmp/bash_jobs)/\w"),
        ("somebody's home", r"/(?:home|Users)/\w+/"),
    ],
)
def test_no_tracked_file_names(what, pattern):
    found = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in {".png", ".parquet", ".ico"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in re.finditer(pattern, text)]
    assert found == [], what


def test_every_shipped_yaml_is_in_the_package():
    """What `pip install` leaves out would be missed only by users."""
    text = (ROOT / "pyproject.toml").read_text()
    for package in ("features", "models", "training"):
        assert re.search(rf'^{package} = \[.*"\*\*/\*.yaml"', text, re.MULTILINE)
        assert list((ROOT / package).rglob("*.yaml"))
