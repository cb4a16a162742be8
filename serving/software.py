"""Which software makes the answers here: the product's version, and a digest of all that words and computes them.

A release changes the version; a change in between, a sentence of a reason say, changes the digest alone.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: The code and texts that lead from facts to an answer.
_PARTS = ("features", "models", "serving/scoring")
_KINDS = frozenset((".py", ".yaml", ".json", ".j2"))
_DIGITS = 12

ROOT = Path(__file__).resolve().parents[1]
#: In a Bento nothing is installed, so the version stands in a file beside this one.
VERSION_FILE = "product_version.txt"


@lru_cache(maxsize=1)
def this_software() -> str:
    """Return the name of this software, as receipts hold it: ``0.1.0+3f2a9c1b7d04``."""
    return f"{product_version()}+{digest_of(ROOT)[:_DIGITS]}"


def product_version() -> str:
    """Return the product's version, as pyproject.toml has it."""
    packed = Path(__file__).with_name(VERSION_FILE)
    if packed.is_file():
        return packed.read_text(encoding="utf-8").strip()
    try:
        return version("leadquality")
    except PackageNotFoundError:
        return "unknown"


def digest_of(root: Path) -> str:
    """Return the SHA-256 of every file below ``root`` that has a part in an answer, as 64 hexadecimal digits."""
    whole = hashlib.sha256()
    for part in _PARTS:
        files = (file for file in (root / part).rglob("*") if file.suffix in _KINDS and file.is_file())
        for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files):
            content = file.read_bytes()
            whole.update(f"{name}\0{len(content)}\0".encode())
            whole.update(content)
    return whole.hexdigest()
