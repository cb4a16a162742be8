"""Starting Spark quietly, on a master that there is, and saying in one sentence why it cannot."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import features
from features.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

_MASTER = re.compile(
    r"local(\[(\d+|\*)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://[^\s/:,]+:\d+(,[^\s/:,]+:\d+)*|yarn|k8s://\S+"
)
_WANTED = "local[2], local[*], spark://host:7077, yarn or k8s://https://host:443"
_SECONDS = 10
_GIB = 2**30

#: Without shuffled files shared between runs, a console bar or a web page, and errors alone in the log.
_QUIET = {
    "spark.app.name": "leadquality",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The matrix comes back to the driver whatever its size.
    "spark.driver.maxResultSize": "0",
}


def check_spark(master: str) -> None:
    """Raise ConfigError where pyspark or Java is not installed, or ``master`` is none or does not answer."""
    if find_spec("pyspark") is None:
        raise ConfigError("--engine spark: pyspark is not installed here", hint="pip install 'leadquality[spark]'")
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java")
    if java is None or not Path(java).is_file():
        found = f"JAVA_HOME is {home}, and {java} is not there" if home else "there is no java on PATH"
        hint = "install Java 17 or newer: apt-get install default-jre-headless"
        raise ConfigError(f"--engine spark: Spark needs Java, and {found}", hint=hint)
    if _MASTER.fullmatch(master) is None:
        raise ConfigError(f"--master {master}: not a Spark master; expected {_WANTED}")
    if master.startswith("spark://"):
        _check_reachable(master)


def _check_reachable(master: str) -> None:
    """Spark itself would try for a minute and then end without a word."""
    reasons = []
    for address in master.removeprefix("spark://").split(","):
        host, port = address.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=_SECONDS).close()
        except (OSError, OverflowError) as error:
            reasons.append(f"{address}: {getattr(error, 'strerror', None) or error}")
        else:
            return
    hint = "check host and port; the master's own page shows its URL"
    raise ConfigError(f"--master {master}: no master answers ({'; '.join(reasons)})", hint=hint)


@contextmanager
def spark_session(master: str) -> Iterator[SparkSession]:
    """Give a session on ``master``: one of a Spark that runs in this process already, else of a new one.

    What is set for a session is set for this one alone; a Spark that was there goes on, a new one is stopped.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only where it is installed

    running = SparkSession.getActiveSession()
    if running is not None:
        yield _prepared(running.newSession())
        return
    started = start_spark(master)
    with _quiet_interrupt():
        try:
            yield _prepared(started)
        finally:
            # After Ctrl-C half an answer may stand between driver and JVM; the JVM ends with us in any case.
            with suppress(Exception):
                started.stop()


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    """Let Ctrl-C be Python's own, and py4j keep to itself what it was doing at that moment."""
    root, before = logging.getLogger(), None
    root.addFilter(_not_of_py4j)
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        root.removeFilter(_not_of_py4j)
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _not_of_py4j(record: logging.LogRecord) -> bool:
    return "py4j" not in Path(record.pathname).parts


def start_spark(master: str) -> SparkSession:
    """Start Spark with its talk kept off the terminal.

    Raises
    ------
    ConfigError
        It does not start; the message has what Spark said.

    """
    from py4j.protocol import Py4JError  # noqa: PLC0415 - only where it is installed
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    conf = SparkConf().setAll(list(settings(master).items()))
    with tempfile.TemporaryFile() as log:
        try:
            gateway = SparkContext._gateway or launch_gateway(conf, {"stdout": log, "stderr": log})
            return SparkSession(SparkContext(conf=conf, gateway=gateway))
        except (PySparkException, Py4JError, OSError, ValueError) as error:
            said = _last_words(log) or str(error).strip().split("\n")[0]
            hint = "see docs/scale.md; Spark's own settings are read from SPARK_CONF_DIR/spark-defaults.conf"
            raise ConfigError(f"--master {master}: Spark did not start: {said}", hint=hint) from error


def settings(master: str) -> dict[str, str]:
    """Return Spark's settings for a master; what these do not name is left to spark-defaults.conf."""
    chosen = _QUIET | {"spark.master": master}
    if master.startswith("local"):
        # Workers run this very Python and find the modules that we find. Those of an editable installation they
        # would not, as its finder is no path. Nobody outside need reach them.
        ours = str(Path(features.__file__).parents[1])
        here = os.pathsep.join([*(path or str(Path.cwd()) for path in sys.path), ours])
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (4 * _GIB)
        chosen |= {
            "spark.pyspark.python": sys.executable,
            "spark.executorEnv.PYTHONPATH": here,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": f"{max(1, memory)}g",
        }
    return chosen


def _prepared(session: SparkSession) -> SparkSession:
    session.conf.set("spark.sql.session.timeZone", "UTC")
    # Files not written by Spark hold the days that they say.
    session.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
    session.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "false")
    session.conf.set("spark.sql.caseSensitive", "true")
    return session


@contextmanager
def pandas_allowed() -> Iterator[None]:
    """Silence PySpark's warning about pandas 3, which the Arrow functions that we use never touch.

    To be removed once PySpark supports pandas 3.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="PySpark does not yet fully support pandas", category=FutureWarning
        )
        yield


def _last_words(log: IO[bytes]) -> str:
    """Return the last thing that a Spark which did not start complained of."""
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines()
    told = [line for line in lines if re.search(r"Exception|[Ee]rror", line) and not line.startswith("\tat ")]
    return told[-1].strip() if told else ""
