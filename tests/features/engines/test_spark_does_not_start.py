"""What keeps Spark from starting is said in a sentence; a fault of ours is not taken for that."""

from __future__ import annotations

import pytest

from features.engines import spark_session
from features.errors import ConfigError

pyspark = pytest.importorskip("pyspark")


@pytest.fixture
def failing(monkeypatch):
    """Return a function that has the gateway to Java fail."""
    monkeypatch.setattr(pyspark.SparkContext, "_gateway", None)

    def fail(error):
        def launch(*_):
            raise error

        monkeypatch.setattr("pyspark.java_gateway.launch_gateway", launch)

    return fail


def errors():
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415

    return [
        PySparkRuntimeError("[JAVA_GATEWAY_EXITED] Java gateway process exited\nand more"),
        Py4JError("An error occurred while calling None"),
        FileNotFoundError(2, "No such file or directory", "java"),
        ValueError("Cannot run multiple SparkContexts at once"),
    ]


@pytest.mark.parametrize("error", errors(), ids=lambda error: type(error).__name__)
def test_what_spark_says_is_told(failing, error):
    failing(error)
    with pytest.raises(ConfigError, match="--master local: Spark did not start: ") as caught:
        spark_session.start_spark("local")
    assert str(error).split("\n")[0] in str(caught.value)
    assert "docs/scale.md" in caught.value.hint


@pytest.mark.parametrize("error", [KeyError("spark.master"), AttributeError("no such setting")])
def test_a_fault_of_ours_is_no_fault_of_sparks(failing, error):
    failing(error)
    with pytest.raises(type(error)):
        spark_session.start_spark("local")
