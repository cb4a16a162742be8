"""Cards spoiled at random: there are faults, and never a traceback."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

import models
from features.errors import ConfigError
from models.card import read_card
from models.card.check import Fault, check_card, errors_in
from tests.models.card.check.base import BASE

TEXTS = [
    BASE,
    *(p.read_text(encoding="utf-8") for p in sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))),
]
STRANGE = [
    "null", "~", "true", "[]", "{}", "-1", "0", "1e9", ".nan", ".inf", "-.inf", "!!int x", "!!binary aGk=",
    "&a", "*a", "<<", "? ", ": ", "- ", "|", ">", "%TAG", "---", "...", "'", '"', "\t", "\x00", "\x85", "\ud7ff",
    "\U0001f600", "\ufeff", "9" * 400, "0o17", "0x1f", "1:30", "2025-13-40", "=", "!", "@", "`", "a" * 200,
    "[" * 30, "{a: " * 30, '"\\ud800"', "\\",
]  # fmt: skip


def _mutated(rng: random.Random) -> str:
    text = rng.choice(TEXTS)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        text = rng.choice([_byte, _line, _token, _value])(rng, text)
    return text


def _byte(rng, text):
    place = rng.randrange(len(text) + 1)
    cut = rng.choice([0, 1, 1, rng.randrange(40)])
    return text[:place] + rng.choice(["", chr(rng.randrange(1, 256)), rng.choice(STRANGE)]) + text[place + cut :]


def _line(rng, text):
    lines = text.splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    sort = rng.choice(["drop", "double", "swap", "indent", "move"])
    if sort == "drop":
        del lines[one]
    elif sort == "double":
        lines.insert(other, lines[one])
    elif sort == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    elif sort == "indent":
        lines[one] = rng.choice([" ", "  ", "\t"]) + lines[one]
    else:
        lines[one] = lines[one].lstrip()
    return "".join(lines) or "x"


def _token(rng, text):
    found = list(re.finditer(r"[\w.]+", text)) or [re.match("", text)]
    one, other = rng.choice(found), rng.choice(found)
    return text[: one.start()] + rng.choice([other[0], rng.choice(STRANGE)]) + text[one.end() :]


def _value(rng, text):
    found = list(re.finditer(r"(?<=: ).+", text)) or [re.match("", text)]
    one = rng.choice(found)
    return text[: one.start()] + rng.choice(STRANGE) + text[one.end() :]


@pytest.mark.parametrize("seed", range(20))
def test_fuzzing_finds_no_traceback(seed, tmp_path):
    rng = random.Random(seed)
    faulty = 0
    for _ in range(100):
        text = _mutated(rng)
        found = check_card(text)
        assert all(isinstance(one, Fault) and one.line >= 1 and one.column >= 1 and one.what for one in found)
        assert all(str(one).encode() for one in found)
        faulty += bool(found)
        path = tmp_path / "card.yaml"
        path.write_bytes(text.encode("utf-8"))
        try:
            read_card(path)
        except ConfigError:
            assert errors_in(check_card(path)), text
    assert faulty > 50


@pytest.mark.parametrize("seed", range(4))
def test_bytes_of_any_sort_are_faults(seed, tmp_path):
    rng = random.Random(seed)
    path = tmp_path / "card.yaml"
    for _ in range(50):
        raw = bytearray(rng.choice(TEXTS).encode())
        for _ in range(rng.randint(1, 5)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        path.write_bytes(bytes(raw))
        assert all(isinstance(one, Fault) for one in check_card(path))
