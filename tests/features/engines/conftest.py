"""One Spark on two local cores for this folder, as the product itself starts it, made for small markets."""

from __future__ import annotations

import pytest

from features.engines.spark_session import check_spark, pandas_allowed, start_spark
from features.errors import ConfigError

MASTER = "local[2]"

#: Read by Spark as a user's own settings are. Tests are small: compiling well costs more than it gains.
SETTINGS = """
spark.driver.extraJavaOptions  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData
spark.sql.codegen.wholeStage   false
spark.sql.adaptive.enabled     false
spark.sql.autoBroadcastJoinThreshold  10485760
"""


@pytest.fixture(scope="package")
def spark(tmp_path_factory):
    try:
        check_spark(MASTER)
    except ConfigError as error:
        pytest.skip(f"{error.message}; {error.hint}")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch, pandas_allowed():
        patch.setenv("SPARK_CONF_DIR", str(folder))
        session = start_spark(MASTER)
        yield session
        session.stop()
