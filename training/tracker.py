"""How MLflow is talked to where a training is recorded: its errors become ours, its chatter stays out."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy.exc
from mlflow.exceptions import MlflowException

from models.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def reachable(uri: str) -> Iterator[None]:
    """Make the folder of an SQLite file, and turn what MLflow and its database raise into our error.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    path = uri.removeprefix("sqlite:///")
    if path != uri:
        Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
    try:
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
