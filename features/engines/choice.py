"""Choosing an engine by name, and features of any rows in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.engines.local import LocalEngine
from features.engines.rows import Wanted
from features.errors import ConfigError
from features.facts.publish import silent
from features.frames import frame_from_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import pyarrow as pa

    from features.engines.engine import Engine
    from features.facts import Dataset
    from features.language import FeatureSet

ENGINES = ("local", "spark")


def choose_engine(name: str = "local", *, master: str | None = None, cluster_path: str | None = None) -> Engine:
    """Return the engine of a name; ``master`` and ``cluster_path`` are Spark's.

    ``master`` is Spark's URL, without it every core of this machine; ``cluster_path`` is where the cluster finds
    the dataset, if not under the same path as here.

    Raises
    ------
    ConfigError
        There is no such engine, or Spark cannot run here or there; the hint says what to install.

    """
    if name not in ENGINES:
        raise ConfigError(f"--engine {name}: known are {', '.join(ENGINES)}")
    if name == "local":
        if master is not None or cluster_path is not None:
            given = "--master" if master is not None else "--cluster-path"
            raise ConfigError(f"{given}: is of use to Spark alone", hint="add --engine spark")
        return LocalEngine()
    # Spark's own package may not be installed, and takes a second to load.
    from features.engines.spark_session import check_spark  # noqa: PLC0415

    check_spark(master or "local[*]")
    from features.engines.spark import SparkEngine  # noqa: PLC0415

    return SparkEngine(master or "local[*]", cluster_path)


def compute(
    dataset: Dataset,
    feature_set: FeatureSet,
    rows: pa.Table | pd.DataFrame,
    *,
    engine: str = "local",
    master: str | None = None,
    cluster_path: str | None = None,
    step: Callable[[str], None] = silent,
) -> pd.DataFrame:
    """Return ``feature_set`` for each row of ``rows`` (lead_id, as_of), in their order, as a frame.

    Its columns are lead_id, as_of (UTC) and the features. Categories have the set's own levels, learnt beforehand
    with :func:`features.levels.learn_levels`.

    Raises
    ------
    DataError
        A row names no lead of the dataset, or a moment at which it was not one.
    ConfigError
        The engine cannot run.

    """
    chosen = choose_engine(engine, master=master, cluster_path=cluster_path)
    wanted = Wanted.of(rows)
    history = chosen.history(dataset, feature_set)
    leads = wanted.find(history, dataset)
    matrix = chosen.matrix(dataset, history, feature_set, leads, wanted.as_of, step)
    frame = frame_from_matrix(matrix, feature_set)
    frame.insert(0, "lead_id", history.lead_ids[leads])
    frame.insert(1, "as_of", wanted.as_of.astype("datetime64[us]"))
    frame["as_of"] = frame["as_of"].dt.tz_localize("UTC")
    return frame
