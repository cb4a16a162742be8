"""A Bento with service, model and card: it runs where no registry is in reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from features.errors import LeadQualityError
from serving.software import VERSION_FILE, product_version

if TYPE_CHECKING:
    from models.lead_model import LeadModel

#: What goes along: everything that answers, and the command line for its ledger and keys.
PACKAGES = ("features", "models", "serving", "leadquality")
#: What answering needs, of what the whole product does.
NEEDED = (
    *("alembic", "bentoml", "duckdb", "httptools", "lightgbm", "numba", "numpy", "orjson", "pandas"),
    *("prometheus-client", "psycopg[binary]", "pyarrow", "pydantic", "pyyaml", "rich", "scikit-learn", "scipy"),
    *("sqlalchemy", "starlette", "threadpoolctl", "typer", "uvloop"),
)
#: The folder of the model in a Bento; serving.service looks for it beside the packages.
MODEL = "packed_model"
_SAID = 2_000


class BentoError(LeadQualityError):
    """A Bento that cannot be made."""


def build_bento(model: LeadModel, into: Path) -> Path:
    """Write a Bento of a model to a folder, which must not be there yet; return it.

    Raises
    ------
    BentoError
        The folder is there, or BentoML refuses.

    """
    if into.exists():
        raise BentoError(f"{into}: is there already", hint="name a new folder after --into")
    into.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="leadquality-") as scratch:
        context, home = Path(scratch) / "context", Path(scratch) / "home"
        _lay_out(model, context)
        command = [sys.executable, "-m", "bentoml", "build", str(context), "--version", f"v{model.version}"]
        environment = os.environ | {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
        # Started in the context, the packages there come before those installed.
        done = subprocess.run(command, env=environment, cwd=context, capture_output=True, text=True, check=False)
        made = next(home.glob("bentos/*/*/bento.yaml"), None)
        if done.returncode != 0 or made is None:
            raise BentoError(f"BentoML could not build it: {(done.stderr or done.stdout).strip()[-_SAID:]}")
        shutil.move(made.parent, into)
    return into


def _lay_out(model: LeadModel, context: Path) -> None:
    """Write the packages, the model and the build file into a folder."""
    for name in PACKAGES:
        source = Path(str(files(name)))
        shutil.copytree(source, context / name, ignore=shutil.ignore_patterns("__pycache__", "*.nb?"))
    model.save(context / MODEL)
    (context / "serving" / VERSION_FILE).write_text(f"{product_version()}\n", encoding="utf-8")
    (context / MODEL / "version.txt").write_text(f"{model.version}\n", encoding="utf-8")
    build = {
        "service": "serving.service:LeadScoring",
        "name": "lead_scoring",
        "description": _description(model),
        "labels": {"model_version": model.version, "card": "" if model.card is None else model.card.name},
        "include": ["*"],
        # Locking would ask a package index; the versions are those that this model was tried with.
        "python": {"packages": pinned(), "lock_packages": False, "pack_git_packages": False},
        # OpenMP's runtime, which slim images leave out and LightGBM needs.
        "docker": {"system_packages": ["libgomp1"]},
    }
    (context / "bentofile.yaml").write_text(yaml.safe_dump(build, sort_keys=False), encoding="utf-8")


def pinned() -> list[str]:
    """Return what answering needs, each at the version that is installed here."""
    try:
        return [f"{name}=={version(name.partition('[')[0])}" for name in NEEDED]
    except PackageNotFoundError as error:
        raise BentoError(f"{error.name}: is not installed, and the service needs it") from None


def _description(model: LeadModel) -> str:
    card = "no card" if model.card is None else f"the card {model.card.name}"
    return (
        f"Scores leads with version {model.version} of the lead quality model and {card}. The model is packed in: "
        "no registry is needed. Set LEADQUALITY_LEDGER to keep receipts and API keys; until then "
        "LEADQUALITY_KEYS_REQUIRED=0 lets everybody in who reaches it."
    )
