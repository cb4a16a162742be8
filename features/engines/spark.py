"""The engine of a cluster: the same plan, a bucket of accounts at a time, on Spark's executors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pydantic import ValidationError
from pyspark.errors import PySparkException

from features.engines.spark_session import pandas_allowed, spark_session
from features.engines.spark_tables import Location, bucketed, worker_of
from features.engines.worker import Job, error_from, unpack, versions
from features.errors import ConfigError, DatasetError, LeadQualityError
from features.facts.dataset import Manifest
from features.history import History
from features.history.tables import ask_header
from features.language import FeatureSet
from features.language.needs import Needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from features.facts import Dataset

#: Rows of facts and bytes of features that a bucket should not pass: by estimate, a gigabyte in a worker.
_MOST_FACTS = 1_000_000
_MOST_BYTES = 2**27
#: Buckets for each task that can run at once, so that a large account does not keep the others waiting.
_A_TASK = 2


@dataclass(frozen=True)
class SparkEngine:
    """Computes on the executors of ``master``, which find the dataset at ``cluster_path`` or its own path."""

    master: str = "local[*]"
    cluster_path: str | None = None

    def history(self, dataset: Dataset, feature_set: FeatureSet) -> History:
        """Read leads and opportunities, and the facts that categories take their levels from."""
        categories = tuple(feature for feature in feature_set.features if feature.is_category)
        return History.from_dataset(dataset, FeatureSet(name=feature_set.name, features=categories))

    def matrix(
        self,
        dataset: Dataset,
        history: History,
        feature_set: FeatureSet,
        leads: np.ndarray,
        as_of: np.ndarray,
        step: Callable[[str], None],
    ) -> np.ndarray:
        """Send every account's facts and wanted rows to an executor, and gather what comes back."""
        out = np.empty((len(leads), len(feature_set.features)))
        wanted = pa.table(
            {
                "lead_id": pa.array(history.lead_ids[leads], pa.string()),
                "as_of": as_of,
                "position": np.arange(len(leads)),
            }
        )
        job = Job(feature_set.to_json(), ask_header(dataset), str(dataset.path), versions())
        location = Location(dataset.path, self.cluster_path)
        step(f"starting Spark on {self.master}")
        with pandas_allowed(), spark_session(self.master) as spark:
            try:
                _check_same(spark, location, dataset)
                buckets = count_buckets(dataset, out.nbytes, spark.sparkContext.defaultParallelism)
                spark.conf.set("spark.sql.shuffle.partitions", str(buckets))
                step(
                    f"computing {out.shape[1]} features for {len(leads):,} rows in {buckets:,} buckets of accounts"
                )
                facts = bucketed(spark, location, wanted, Needs.of(feature_set), buckets)
                found = unpack(_run(facts, job), out)
            except PySparkException as error:
                raise _user_error(error, self.master, location.text) from error
        if found != len(leads):
            raise DatasetError(
                f"{dataset.path}: Spark gave {found:,} rows back of {len(leads):,}", hint="try again"
            )
        return out


def count_buckets(dataset: Dataset, result: int, parallel: int) -> int:
    """Return into how many buckets accounts are dealt, so that each fits an executor and none stands idle."""
    facts = sum(dataset.manifest.counts.values())
    return max(_A_TASK * parallel, -(-facts // _MOST_FACTS), -(-result // _MOST_BYTES))


def _run(facts: DataFrame, job: Job) -> pa.Table:
    return facts.groupBy("bucket").applyInArrow(worker_of(job.to_json()), "row long, features binary").toArrow()


def _check_same(spark: SparkSession, location: Location, dataset: Dataset) -> None:
    """Refuse another dataset than the one opened here, before its numbers are mistaken for this one's."""
    try:
        found = Manifest.model_validate_json(location.manifest(spark)).digest
    except ValidationError as error:
        raise DatasetError(f"{location.text}/dataset.json: cannot be understood on the cluster") from error
    if found != dataset.manifest.digest:
        message = f"{location.text}: is another dataset than {dataset.path} (digest {found[:12]}, here "
        raise DatasetError(
            f"{message}{dataset.manifest.digest[:12]})", hint="copy the dataset there again, the whole folder"
        )


def _user_error(error: PySparkException, master: str, where: str) -> LeadQualityError:
    """Return what a failure of Spark means to who asked for it."""
    text = str(error)
    told = error_from(text)
    if told is not None:
        return told
    if "PATH_NOT_FOUND" in text or "FileNotFoundException" in text or "FILE_NOT_EXIST" in text:
        hint = "put the dataset on storage that driver and executors share, or name it with --cluster-path URL"
        return DatasetError(f"{where}: the cluster does not find the dataset there", hint=hint)
    if "ModuleNotFoundError" in text:
        missing = text.split("ModuleNotFoundError:", 1)[1].strip().split("\n")[0]
        hint = "install Lead Quality and your own modules in the executors' Python; see docs/scale.md"
        return ConfigError(f"--master {master}: an executor lacks a module: {missing}", hint=hint)
    lines = [line.strip() for line in text.split("\n") if line.strip() and not line.strip().startswith("at ")]
    said = lines[0] if lines else type(error).__name__
    return ConfigError(f"--master {master}: Spark failed: {said}", hint="see the executors' logs")
