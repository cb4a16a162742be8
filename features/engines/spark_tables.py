"""A dataset's tables in Spark, each row with the bucket of accounts that it belongs to."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from features.engines.worker import ATTRIBUTES, EVENTS, LEADS, OPPORTUNITIES, WANTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from features.language.needs import Needs


class Location:
    """Where the cluster reads a dataset: the folder's path as seen from here, or a URL of its own."""

    def __init__(self, folder: Path, cluster_path: str | None) -> None:
        path = str(folder.resolve()) if cluster_path is None else cluster_path.rstrip("/")
        # Without a scheme, a cluster would look in its own default file system.
        self.text = path if "://" in path else f"file://{path}"
        # Spark expands patterns in a path; ours is a name.
        self.base = re.sub(r"([\[\]{}*?\\])", r"\\\1", self.text)

    def read(self, spark: SparkSession, table: str) -> DataFrame:
        """Read a table, with each row's ``position`` in its file."""
        return spark.read.parquet(f"{self.base}/{table}.parquet").withColumn(
            "position", f.col("_metadata.row_index")
        )

    def manifest(self, spark: SparkSession) -> str:
        """Return dataset.json as the cluster sees it."""
        (row,) = spark.read.text(f"{self.base}/dataset.json", wholetext=True).collect()
        return str(row["value"])


def bucketed(spark: SparkSession, location: Location, wanted: pa.Table, needs: Needs, buckets: int) -> DataFrame:
    """Return the rows of all tables in one frame: ``bucket``, ``part``, ``position`` and the columns needed.

    An account's leads, events, attributes, opportunities and wanted rows fall into one bucket, by a hash of its
    id; so do those of a lead without an account, by its own. Times are microseconds (long), which no setting of
    Spark's can shift.
    """

    def read(table: str) -> DataFrame:
        return location.read(spark, table)

    leads = read("leads")
    accounts = leads.select("lead_id", "account_id")
    parts = [
        _keyed(leads, LEADS, ["lead_id", "account_id", _time("created_at")], _key("account_id", "lead_id")),
        _keyed(
            spark.createDataFrame(wanted).join(accounts, "lead_id", "left"),
            WANTED,
            ["lead_id", "as_of"],
            _key("account_id", "lead_id"),
        ),
        _opportunities(read("opportunities"), accounts),
    ]
    if needs.events:
        # A lead that is not there keeps its events: the worker then says that the tables do not fit.
        columns = ["lead_id", "kind", _time("at"), _time("known_at"), *needs.event_columns]
        events = read("events").join(accounts, "lead_id", "left")
        parts.append(_keyed(events, EVENTS, columns, _key("account_id", "lead_id")))
    if needs.attributes is None or needs.attributes:
        parts.append(_attributes(read("attributes"), accounts, needs))
    together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    return together.withColumn("bucket", f.pmod(f.xxhash64("key"), f.lit(buckets)).cast("int")).drop("key")


def _keyed(frame: DataFrame, part: int, columns: list[str | Column], key: Column) -> DataFrame:
    return frame.select(key.alias("key"), f.lit(part).cast("byte").alias("part"), "position", *columns)


def _key(account: str, lead: str) -> Column:
    own = f.concat(f.lit("lead "), f.col(lead))
    return f.coalesce(f.concat(f.lit("account "), f.col(account)), own)


def _time(name: str) -> Column:
    return f.unix_micros(f.col(name)).alias(name)


def _attributes(attributes: DataFrame, accounts: DataFrame, needs: Needs) -> DataFrame:
    if needs.attributes is not None:
        pairs = [
            (f.col("entity") == entity) & (f.col("name") == name) for entity, name in sorted(needs.attributes)
        ]
        attributes = attributes.where(reduce(lambda one, other: one | other, pairs))
    of_lead = (f.col("entity") == "lead") & (f.col("entity_id") == f.col("lead_id"))
    joined = attributes.join(accounts, of_lead, "left")
    account = f.concat(f.lit("account "), f.col("entity_id"))
    key = f.when(f.col("entity") == "account", account).otherwise(_key("account_id", "entity_id"))
    columns = ["entity", "entity_id", "name", f.col("value").alias("text"), _time("known_at")]
    return _keyed(joined, ATTRIBUTES, columns, key)


def _opportunities(opportunities: DataFrame, accounts: DataFrame) -> DataFrame:
    """Give each opportunity to its own account if that has leads, else to its lead's; one of neither to nobody."""
    named = accounts.select(f.col("account_id").alias("own")).distinct()
    of_lead = accounts.select(f.col("lead_id").alias("owner"), f.col("account_id").alias("through_lead"))
    joined = opportunities.join(named, f.col("account_id") == f.col("own"), "left").join(
        of_lead, f.col("lead_id") == f.col("owner"), "left"
    )
    key = f.concat(f.lit("account "), f.coalesce("own", "through_lead"))
    columns = ["lead_id", "account_id", _time("created_at"), _time("closed_at"), "won"]
    return _keyed(joined.where(key.isNotNull()), OPPORTUNITIES, columns, key)


def worker_of(job: str) -> Callable[[pa.Table], pa.Table]:
    """Return the function that executors run: only its name and the job's text travel."""
    from features.engines.worker import run_bucket  # noqa: PLC0415 - bound inside, so that it ships by name

    def run(rows: pa.Table) -> pa.Table:
        return run_bucket(job, rows)

    return run
