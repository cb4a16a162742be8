"""The lexicons: commented YAML beside this code, read once, strictly."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from features.yaml_files import read_yaml

FOLDER = Path(__file__).parent / "lexicon"


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Return the content of ``lexicon/<name>.yaml``.

    Raises
    ------
    ConfigError
        The file is missing or is not YAML; only an edited installation gets there.

    """
    return read_yaml(FOLDER / f"{name}.yaml", wanted="a lexicon of features.texts")


@cache
def lexicon_digest() -> str:
    """Return a digest of all lexicons: two equal digests read every text alike.

    Kept with a model, it says whether the words still mean what they meant in training.
    """
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()[:16]
