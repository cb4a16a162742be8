"""The training specification: small strict models, read from commented YAML, overridden by flags.

``training/specs/default.yaml`` is its manual.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from features.errors import ConfigError, DataError
from features.facts.clock import DAY, parse_duration, parse_moment
from features.yaml_files import read_model, read_yaml
from training.horizons import distinct_horizons
from training.parameters import checked_parameters

SHIPPED = Path(__file__).parent / "specs"


_MANUAL = "see training/specs/default.yaml"

#: Models in a bag after a search.
_BAG = 5

#: A reason shorter than this, in characters, says nothing.
SHORTEST_REASON = 10


class Strict(BaseModel):
    """Base of the specification's parts: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _duration(value: str | float) -> str | float:
    try:
        parse_duration(value, where="duration")
    except ConfigError as error:
        raise ValueError(error.message.removeprefix("duration: ")) from error
    return value


def _moment(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_moment(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is not an ISO 8601 date or time") from error
    return value


class Snapshots(Strict):
    """When a lead is looked at: at some ages, or by the calendar."""

    ages: list[str | float] | None = None
    jitter: float = Field(default=0.25, ge=0, lt=1)
    every: str | float | None = None
    starting: str | None = None
    since: str | None = None
    until: str | None = None

    @field_validator("ages")
    @classmethod
    def _ages_are_durations(cls, ages: list[str | float] | None) -> list[str | float] | None:
        if ages == []:
            raise ValueError("holds no age, seen []; expected at least one, as in [1d, 7d, 30d]")
        return None if ages is None else [_duration(age) for age in ages]

    @field_validator("every")
    @classmethod
    def _every_is_duration(cls, every: str | float | None) -> str | None:
        return None if every is None else str(_duration(every))

    @field_validator("starting", "since", "until", mode="before")
    @classmethod
    def _is_moment(cls, value: object) -> str | None:
        return _moment(None if value is None else str(value))

    @model_validator(mode="after")
    def _is_one_way(self) -> Snapshots:
        if (self.ages is None) == (self.every is None):
            raise ValueError("give either ages or every")
        if self.every is not None and self.starting is None:
            raise ValueError("every needs starting: the first moment of the calendar")
        for name, start in (("since", self.since), ("starting", self.starting)):
            if start is not None and self.until is not None and parse_moment(start) > parse_moment(self.until):
                raise ValueError(f"{name} {start} is after until {self.until}; expected {name} before until")
        return self


class Split(Strict):
    """What is learnt from and what is held out."""

    test_from: str | None = None
    test_share: float = Field(default=0.25, gt=0, lt=1)
    calibration_share: float = Field(default=0.25, gt=0, lt=1)
    accounts: Literal["disjoint", "shared"] = "disjoint"
    train_until: str | None = None

    @field_validator("test_from", "train_until", mode="before")
    @classmethod
    def _is_moment(cls, value: object) -> str | None:
        return _moment(None if value is None else str(value))


class Backtest(Strict):
    """Rolling origins before the held-out period: how many, and what share of the time only ever trains."""

    folds: int = Field(default=4, ge=0, le=24)
    first_share: float = Field(default=0.4, gt=0, lt=1)


class Tuning(Strict):
    """A search for better parameters over the backtest, and how many models are bagged into the one served.

    Without ``trials`` and ``budget`` nothing is searched. ``bag`` counts seeds and configurations together;
    without it five after a search, and one otherwise.
    """

    trials: int | None = Field(default=None, ge=1)
    budget: str | float | None = None
    bag: int | None = Field(default=None, ge=1, le=50)

    @field_validator("budget")
    @classmethod
    def _budget_is_duration(cls, budget: str | float | None) -> str | float | None:
        if budget is None:
            return None
        if not str(budget).strip()[-1:].isalpha():
            # Elsewhere a bare number is days, and nobody means to search for ten of them.
            raise ValueError("a number without a unit; expected s, m, h, d or w after it, as in 10m")
        return _duration(budget)

    @property
    def size(self) -> int:
        """How many models are bagged."""
        return self.bag or (_BAG if self.wanted else 1)

    @property
    def wanted(self) -> bool:
        """Whether there is anything to search."""
        return self.trials is not None or self.budget is not None


class Trust(Strict):
    """Something that the leak guard convicts and a person takes back: an attribute or event kind, and why."""

    attribute: str | None = None
    kind: str | None = None
    entity: Literal["lead", "account"] | None = None
    reason: str

    @field_validator("reason")
    @classmethod
    def _reason_says_something(cls, reason: str) -> str:
        if len(reason.strip()) < SHORTEST_REASON:
            raise ValueError(f"say why in at least {SHORTEST_REASON} characters")
        return reason.strip()

    @model_validator(mode="after")
    def _names_one_thing(self) -> Trust:
        if (self.attribute is None) == (self.kind is None):
            raise ValueError("give either attribute or kind")
        if self.kind is not None and self.entity is not None:
            raise ValueError("entity belongs to an attribute; a kind of events has none")
        return self


class TrainingSpec(Strict):
    """Everything that decides a training beside the data; the digest of both identifies its result."""

    version: Literal[1] = 1
    horizon: str | float = "90d"
    features: str = "default"
    card: str | None = None
    snapshots: Snapshots = Snapshots(ages=["1d", "3d", "7d", "14d", "30d", "60d", "120d"])
    split: Split = Split()
    model: dict[str, float | int] = {}
    folds: int = Field(default=4, ge=2, le=20)
    labels: Literal["mature", "delay_aware"] = "delay_aware"
    start: Literal["nothing", "card"] = "nothing"
    weight: Literal["lead", "row"] = "lead"
    calibration: Literal["auto", "line", "beta", "venn_abers"] = "auto"
    horizons: list[str | float] = ["30d", "180d"]
    backtest: Backtest = Backtest()
    tuning: Tuning = Tuning()
    capacity: int | None = Field(default=None, ge=1)
    trust: list[Trust] = []
    seed: int = Field(default=0, ge=0, lt=2**31)

    @field_validator("model")
    @classmethod
    def _trees_can_be_grown(cls, model: dict[str, float | int]) -> dict[str, float | int]:
        return checked_parameters(model)

    @field_validator("horizon")
    @classmethod
    def _horizon_is_duration(cls, horizon: str | float) -> str | float:
        return _duration(horizon)

    @field_validator("horizons")
    @classmethod
    def _horizons_are_durations(cls, horizons: list[str | float]) -> list[str | float]:
        return distinct_horizons([_duration(horizon) for horizon in horizons])

    @property
    def horizons_us(self) -> tuple[int, ...]:
        """All horizons that the model speaks of, the main one included, in microseconds, ascending."""
        others = (parse_duration(horizon, where="horizons") for horizon in self.horizons)
        return tuple(sorted({self.horizon_us, *others}))

    @property
    def horizon_us(self) -> int:
        """The horizon in microseconds."""
        return parse_duration(self.horizon, where="horizon")

    @property
    def horizon_text(self) -> str:
        """The horizon as people say it."""
        days = self.horizon_us / DAY
        return f"{days:g} day{'' if days == 1 else 's'}"


def read_spec(name_or_path: str, **overrides: Any) -> TrainingSpec:  # noqa: ANN401 - any key of the specification
    """Read a shipped specification by name or a file by path; ``overrides`` that are not None replace keys.

    Raises
    ------
    DataError
        There is no such file.
    ConfigError
        It is not YAML, or a key or value does not fit; the message names file and key.

    """
    if overrides.get("horizon") is not None:
        parse_duration(overrides["horizon"], where="--horizon")
    path = Path(name_or_path)
    if not path.is_file():
        path = SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.yaml")))
        wanted = f"a training specification in YAML, or one of the shipped: {names}"
        raise DataError.missing_file(Path(name_or_path), wanted=wanted)
    content = read_yaml(path, wanted="a training specification", hint=_MANUAL)
    content |= {key: value for key, value in overrides.items() if value is not None}
    return read_model(content, TrainingSpec, where=str(path), hint=_MANUAL)


def override(spec: TrainingSpec, values: dict[str, Any]) -> TrainingSpec:
    """Return the specification with keys such as ``tuning.trials`` replaced where the value is not None.

    Raises
    ------
    ConfigError
        A value does not fit its key.

    """
    content = spec.model_dump()
    for key, value in values.items():
        part, _, name = key.partition(".")
        if value is not None:
            content[part][name] = value
    return read_model(content, TrainingSpec, where="the command line", hint=_MANUAL)


def read_trust(text: str) -> Trust:
    """Read ``NAME=reason`` as on the command line; the name is as the guard prints it, or an attribute's alone.

    Raises
    ------
    ConfigError
        There is no reason, or it is too short.

    """
    name, equals, reason = text.partition("=")
    name = name.strip()
    if not equals or not name:
        message = f"--trust {text!r}: expected a name and the reason"
        raise ConfigError(message, hint='as in --trust lead.tags="set by the form before sales calls"')
    owner, dot, rest = name.partition(".")
    if dot and rest and owner == "events":
        content = {"kind": rest, "reason": reason}
    elif dot and rest and owner in {"lead", "account"}:
        content = {"attribute": rest, "entity": owner, "reason": reason}
    else:
        content = {"attribute": name, "reason": reason}
    return read_model(content, Trust, where=f"--trust {name}")
