"""What the launcher hands to the workers through the environment, and an operator may set himself."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from features.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.front.log import LogWhat
    from serving.ledger.engines import Durability

#: Where the registry is, as MLflow's tracking URI.
TRACKING_URI = "LEADQUALITY_TRACKING_URI"
#: Version or alias to serve; the launcher resolves the champion's version.
MODEL_VERSION = "LEADQUALITY_MODEL_VERSION"
#: A folder with a model's files, in place of the registry; a Bento carries one.
MODEL_DIR = "LEADQUALITY_MODEL_DIR"
#: Number of worker processes.
WORKERS = "LEADQUALITY_WORKERS"
#: The ledger's address; without one nothing is kept.
LEDGER = "LEADQUALITY_LEDGER"
#: "power" or "process": what an acknowledged write outlives.
DURABILITY = "LEADQUALITY_DURABILITY"
#: "1" where every request needs a key, even while there is none; "0" where only once a key was made.
KEYS_REQUIRED = "LEADQUALITY_KEYS_REQUIRED"
#: Requests a minute that a key may make which has no limit of its own; no limit where it is not set.
PER_MINUTE = "LEADQUALITY_PER_MINUTE"
#: Files with mappings of callers' records, divided as paths in PATH are.
MAPPINGS = "LEADQUALITY_MAPPINGS"
#: The header in which a reverse proxy says who looks at the pages; none is believed where it is not set.
USER_HEADER = "LEADQUALITY_USER_HEADER"
#: How many leads the team can call in a week; the list of today shows where that ends.
CAPACITY = "LEADQUALITY_CAPACITY"
#: The attribute by which the list of today is divided.
SEGMENT_BY = "LEADQUALITY_SEGMENT_BY"
#: Names divided by commas, beside those of loopback, by which a service may be asked that needs no key.
HOSTS = "LEADQUALITY_HOSTS"
#: "problems" or "requests": what is logged.
LOG = "LEADQUALITY_LOG"
#: A folder that all workers of one service share, and no other service does; the launcher makes it.
HOME = "LEADQUALITY_SERVICE_HOME"


@dataclass(frozen=True)
class Settings:
    """What a worker is told."""

    tracking_uri: str | None = None
    model_version: str | None = None
    model_dir: Path | None = None
    workers: int = 1
    ledger: str | None = None
    durability: Durability = "power"
    keys_required: bool = True
    per_minute: float | None = None
    log: LogWhat = "problems"
    home: Path | None = None
    mappings: tuple[Path, ...] = ()
    user_header: str | None = None
    capacity: int | None = None
    segment_by: str = ""
    hosts: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return what the environment says; what it leaves out is as safe as can be.

        Raises
        ------
        ConfigError
            A variable has a value that it cannot have.

        """
        told = {name: value for name, value in environment.items() if value}
        return cls(
            tracking_uri=told.get(TRACKING_URI),
            model_version=told.get(MODEL_VERSION),
            model_dir=Path(told[MODEL_DIR]) if MODEL_DIR in told else None,
            workers=round(_number(told, WORKERS) or 1),
            ledger=told.get(LEDGER),
            durability="process" if _one_of(told, DURABILITY, ("power", "process")) == "process" else "power",
            # Without the launcher nobody knows here who can reach this service.
            keys_required=_one_of(told, KEYS_REQUIRED, ("1", "0")) == "1",
            per_minute=_number(told, PER_MINUTE),
            log="requests" if _one_of(told, LOG, ("problems", "requests")) == "requests" else "problems",
            home=Path(told[HOME]) if HOME in told else None,
            mappings=tuple(map(Path, told.get(MAPPINGS, "").split(os.pathsep))) if MAPPINGS in told else (),
            user_header=told.get(USER_HEADER),
            capacity=None if (calls := _number(told, CAPACITY)) is None else round(calls),
            segment_by=told.get(SEGMENT_BY, ""),
            hosts=hosts_of(told),
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that say this; empty text for what is not set."""
        values = {
            TRACKING_URI: self.tracking_uri,
            MODEL_VERSION: self.model_version,
            MODEL_DIR: self.model_dir,
            WORKERS: self.workers,
            LEDGER: self.ledger,
            DURABILITY: self.durability,
            KEYS_REQUIRED: int(self.keys_required),
            PER_MINUTE: self.per_minute,
            LOG: self.log,
            HOME: self.home,
            MAPPINGS: os.pathsep.join(map(str, self.mappings)),
            USER_HEADER: self.user_header,
            CAPACITY: self.capacity,
            SEGMENT_BY: self.segment_by,
            HOSTS: ",".join(self.hosts),
        }
        return {name: "" if value is None else str(value) for name, value in values.items()}


def hosts_of(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names that the environment gives this service."""
    return tuple(name.strip() for name in environment.get(HOSTS, "").split(",") if name.strip())


def _one_of(told: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """Return a variable's value, the first of those known where it is not set."""
    value = told.get(name, known[0])
    if value not in known:
        raise ConfigError(f"{name}={value}: expected {' or '.join(known)}")
    return value


def _number(told: Mapping[str, str], name: str) -> float | None:
    if name not in told:
        return None
    try:
        value = float(told[name])
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ConfigError(f"{name}={told[name]}: expected a number above 0")
    return value


def now() -> int:
    """Return the clock's time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
