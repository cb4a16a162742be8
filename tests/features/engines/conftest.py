"""One Spark on two local cores for a module, as the product itself starts it."""

from __future__ import annotations

import pytest

from features.engines.spark_session import pandas_allowed, start_spark

MASTER = "local[2]"


@pytest.fixture(scope="module")
def spark():
    with pandas_allowed():
        session = start_spark(MASTER)
        yield session
        session.stop()
