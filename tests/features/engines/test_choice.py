"""What cannot run is said before any work is done, with what to install or to write instead."""

from __future__ import annotations

import socket

import pytest

from features.engines import LocalEngine, choose_engine, spark_session
from features.errors import ConfigError


@pytest.fixture(autouse=True)
def java(monkeypatch, tmp_path):
    """Let Java be found, whether there is one or not: nothing here starts it."""
    home = tmp_path / "java"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    monkeypatch.setenv("JAVA_HOME", str(home))


def test_the_local_engine_is_the_default():
    assert choose_engine() == LocalEngine()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "dask"}, "--engine dask: known are local, spark"),
        ({"master": "local[2]"}, "(?s)--master: is of use to Spark alone.*add --engine spark"),
        ({"cluster_path": "s3a://x"}, "--cluster-path: is of use to Spark alone"),
        (
            {"name": "spark", "master": "localhost:7077"},
            "localhost:7077: not a Spark master; expected local",
        ),
        ({"name": "spark", "master": "local[x]"}, "not a Spark master"),
        ({"name": "spark", "master": "sc://host:15002"}, "not a Spark master"),
    ],
)
def test_a_wrong_choice_is_refused(arguments, said):
    with pytest.raises(ConfigError, match=said):
        choose_engine(**arguments)


@pytest.mark.parametrize(
    "master", ["local", "local[2]", "local[*]", "local[4,2]", "yarn", "k8s://https://host:443"]
)
def test_masters_that_need_no_answer_are_taken(master):
    assert choose_engine("spark", master=master).master == master


def test_a_master_that_does_not_answer_is_named_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"no master answers .*127.0.0.1:{port}: "):
            choose_engine("spark", master=f"spark://127.0.0.1:{port}")


def test_one_of_several_masters_is_enough():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ports = taken.getsockname()[1], server.getsockname()[1]
        master = f"spark://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"
        assert choose_engine("spark", master=master).master == master


def test_missing_java_is_said_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"(?s)no java on PATH.*apt-get install default-jre-headless"):
        choose_engine("spark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match=r"JAVA_HOME is .* is not there"):
        choose_engine("spark")


def test_missing_pyspark_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"(?s)pyspark is not installed.*'leadquality\[spark\]'"):
        choose_engine("spark")
