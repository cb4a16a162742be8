"""How MLflow is talked to where a training is recorded: its errors become ours, its chatter stays out."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import sqlalchemy.exc
from mlflow.exceptions import MlflowException

from models.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_place(uri: str) -> None:
    """Refuse a tracking URI under which nothing can be kept; a folder that is missing will be made.

    Asked before a training, which would otherwise find out at its end. Servers are asked when they are used.

    Raises
    ------
    RegistryError
        It names a folder or no file at all, or the file cannot be made or written.

    """
    if uri.startswith("file:"):
        folder = uri.removeprefix("file://") or "."
        _refuse(uri, "a folder of files, which MLflow no longer writes to", f"{folder.rstrip('/')}/mlflow.db")
    if not uri.startswith("sqlite:"):
        return
    text = uri.removeprefix("sqlite:///")
    path = Path(text)
    if text == uri or not text:
        _refuse(uri, "names no file", "mlflow.db")
    if path.is_dir() or text.endswith("/"):
        _refuse(
            uri, "names a folder" if path.is_dir() else "ends as a folder does", f"{text.rstrip('/')}/mlflow.db"
        )
    if path.is_file() and not os.access(path, os.W_OK):
        _refuse(uri, "the file is there and may not be written", "mlflow.db")
    parent = path.resolve().parent
    there = next(folder for folder in (parent, *parent.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        what = "is a folder that may not be written" if there.is_dir() else "is no folder"
        _refuse(uri, f"{there} {what}", "mlflow.db")


def _refuse(uri: str, seen: str, instead: str) -> NoReturn:
    raise RegistryError(
        f"tracking URI {uri}: {seen}; expected sqlite:///FILE in a folder that can be written, postgresql://... "
        "or http(s)://...",
        hint=f"leadquality train DATASET --tracking-uri sqlite:///{instead}",
    )


@contextlib.contextmanager
def reachable(uri: str) -> Iterator[None]:
    """Make the folder of an SQLite file, and turn what MLflow and its database raise into our error.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    path = uri.removeprefix("sqlite:///")
    try:
        if path != uri:
            Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
        yield
    except (MlflowException, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        message = f"{uri}: cannot be used for tracking: {str(error).strip().splitlines()[0]}"
        raise RegistryError(message, hint="check --tracking-uri and MLFLOW_TRACKING_URI") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the tracker's own chatter (migrations, progress, advice) out of our output."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "alembic.runtime.migration")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    # "Successfully registered ..." goes to standard error, past every logger.
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
