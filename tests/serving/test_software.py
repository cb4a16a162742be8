"""The software names itself: its version, and a digest that changes with whatever leads to an answer."""

from __future__ import annotations

import re
import tomllib

import pytest

from serving import software
from serving.software import ROOT, digest_of, product_version, this_software


def test_its_version_is_the_product_s():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert product_version() == tomllib.load(file)["project"]["version"]
    assert re.fullmatch(re.escape(product_version()) + r"\+[0-9a-f]{12}", this_software())
    assert this_software() == f"{product_version()}+{digest_of(ROOT)[:12]}"


@pytest.fixture
def root(tmp_path):
    for name in (
        "features/words.yaml",
        "models/reasons/voice.py",
        "serving/scoring/decide.py",
        "serving/launch.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("features/words.yaml", True),
        ("models/reasons/voice.py", True),
        ("models/reasons/new.py", True),
        ("serving/scoring/decide.py", True),
        ("serving/launch.py", False),
        ("models/reasons/__pycache__/voice.cpython-311.pyc", False),
        ("models/kernel.nbi", False),
    ],
)
def test_what_it_depends_on(root, name, matters):
    before = digest_of(root)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("b")
    assert (digest_of(root) != before) == matters


def test_a_file_of_another_name_is_another_software(root):
    before = digest_of(root)
    (root / "features/words.yaml").rename(root / "features/other.yaml")
    assert digest_of(root) != before


def test_a_version_that_was_packed_comes_first(root, monkeypatch):
    (root / software.VERSION_FILE).write_text("9.9\n")
    monkeypatch.setattr(software, "__file__", str(root / "software.py"))
    assert product_version() == "9.9"
