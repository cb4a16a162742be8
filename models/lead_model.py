"""A trained model as it is kept and served: trees, calibration, features, card and manifest, all text and JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import lightgbm as lgb
import numpy as np
from pydantic import BaseModel, ConfigDict

from features.errors import DatasetError
from features.language import FeatureSet
from features.payload import Vocabulary
from features.plan import Plan, compile_plan
from features.texts import lexicon_digest
from models.boosted import raw_log_odds, tree_contributions
from models.calibration import LogitLine, from_log_odds
from models.card import PointCard
from models.card_scorer import CardScorer, bind_card
from models.scorer import Contributions, grade_letters

if TYPE_CHECKING:
    from pathlib import Path

    from features.language import Entity

FORMAT_VERSION = 1


class AttributeEntry(BaseModel):
    """An attribute that a model's data has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity: Literal["lead", "account"]
    name: str
    type: Literal["number", "category"]


class Scale(BaseModel):
    """What a model keeps of the reference leads, the latest matured rows before its test period.

    ``cuts`` are the least probabilities of A, B and C, at the shares of leads to which the card gives these
    grades; ``quantiles`` the probabilities' quantiles at 0, 0.5, ..., 100 %, for the 0-100 score;
    ``points_per_log_odds`` the ratio of the standard deviations of the card's points and the model's log-odds,
    so that both totals spread equally over the same leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cuts: tuple[float, float, float]
    quantiles: tuple[float, ...]
    points_per_log_odds: float


class Manifest(BaseModel):
    """Where a model came from; ``details`` holds the training specification, split and figures.

    ``lexicon`` is the digest of the words by which texts were read, where features read any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT_VERSION
    trained_at: str
    horizon: int
    dataset_digest: str
    kinds: tuple[str, ...]
    observed_from: dict[str, int]
    attributes: tuple[AttributeEntry, ...]
    lexicon: str = ""
    details: dict[str, Any] = {}


@dataclass(frozen=True)
class LeadModel:
    """A scorer made of boosted trees and a calibration, with the card that stands beside it.

    ``feature_set`` starts with the trees' features; those that only the card reads follow.
    """

    booster: lgb.Booster
    feature_set: FeatureSet
    calibration: LogitLine
    scale: Scale
    manifest: Manifest
    card: CardScorer | None = None
    version: str = "unregistered"

    @property
    def name(self) -> str:
        """The model's version."""
        return f"model {self.version}"

    @property
    def horizon(self) -> int:
        """Length of the period after ``as_of`` that the probability speaks of, in microseconds."""
        return self.manifest.horizon

    @cached_property
    def width(self) -> int:
        """Number of features that the trees read."""
        return int(self.booster.num_feature())

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Kinds and attributes that a scoring request may name."""
        attributes: dict[tuple[Entity, str], Literal["number", "category"]] = {
            (entry.entity, entry.name): entry.type for entry in self.manifest.attributes
        }
        return Vocabulary(self.manifest.kinds, self.manifest.observed_from, attributes)

    @cached_property
    def plan(self) -> Plan:
        """The compiled features for single leads; batches compile their own for the dataset's kinds."""
        return compile_plan(self.feature_set, self.manifest.kinds, self.manifest.observed_from)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of the feature groups, in the order of their first feature."""
        return tuple(dict.fromkeys(f.group for f in self.feature_set.features[: self.width]))

    @cached_property
    def group_of(self) -> np.ndarray:
        """Number of each feature's group, int64 (width,)."""
        place = {group: i for i, group in enumerate(self.groups)}
        return np.array([place[f.group] for f in self.feature_set.features[: self.width]])

    @cached_property
    def group_members(self) -> list[np.ndarray]:
        """Numbers of each group's features."""
        return [np.flatnonzero(self.group_of == number) for number in range(len(self.groups))]

    @cached_property
    def card_columns(self) -> list[int]:
        """Columns of the matrix that the card reads, in its own order."""
        return [] if self.card is None else [self.feature_set.position(n) for n in self.card.feature_set.names]

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        return self.calibration.log_odds(raw_log_odds(self.booster, matrix[:, : self.width]))

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of an opportunity within the horizon, float64 (n,)."""
        return from_log_odds(self.total(matrix))

    def feature_contributions(self, matrix: np.ndarray) -> Contributions:
        """Return what each feature added in calibrated log-odds; exact, see :func:`tree_contributions`."""
        values, base = tree_contributions(self.booster, matrix[:, : self.width])
        names = tuple(self.feature_set.names[: self.width])
        line = self.calibration
        return Contributions(names, values * line.slope, line.intercept + line.slope * base)

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return what each feature group added in calibrated log-odds."""
        return self.by_group(self.feature_contributions(matrix))

    def by_group(self, single: Contributions) -> Contributions:
        """Sum the contributions of single features by their group."""
        values = np.zeros((len(single.values), len(self.groups)))
        np.add.at(values.T, self.group_of, single.values.T)
        return Contributions(self.groups, values, single.base)

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return the grade letters (n,)."""
        return grade_letters(self.probability(matrix), self.scale.cuts)

    def score(self, probability: np.ndarray) -> np.ndarray:
        """Return 0-100: the percentage of the reference leads whose probability is lower, int64 (n,)."""
        quantiles = np.asarray(self.scale.quantiles)
        below = np.searchsorted(quantiles, probability, side="left") / (len(quantiles) - 1)
        return np.clip(np.round(100 * below), 0, 100).astype(np.int64)

    def with_version(self, version: str) -> LeadModel:
        """Return the model under a registered version."""
        return replace(self, version=version)

    def save(self, folder: Path) -> None:
        """Write the model as text and JSON files; no pickle."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "booster.txt").write_text(self.booster.model_to_string(), encoding="utf-8")
        (folder / "features.json").write_text(self.feature_set.to_json(), encoding="utf-8")
        (folder / "calibration.json").write_text(self.calibration.model_dump_json(), encoding="utf-8")
        (folder / "scale.json").write_text(self.scale.model_dump_json(), encoding="utf-8")
        (folder / "manifest.json").write_text(self.manifest.model_dump_json(indent=1), encoding="utf-8")
        if self.card is not None:
            (folder / "card.json").write_text(self.card.card.to_json(), encoding="utf-8")
            line = self.card.calibration
            (folder / "card_calibration.json").write_text(
                "null" if line is None else line.model_dump_json(), encoding="utf-8"
            )

    @classmethod
    def load(cls, folder: Path, version: str = "unregistered") -> LeadModel:
        """Read a saved model.

        Raises
        ------
        DatasetError
            A file is missing, damaged, or the parts do not fit one another.

        """
        try:
            manifest = Manifest.model_validate_json(_read(folder, "manifest.json"))
            feature_set = FeatureSet.from_json(_read(folder, "features.json"), where=str(folder))
            booster = lgb.Booster(model_str=_read(folder, "booster.txt"))
            model = cls(
                booster=booster,
                feature_set=feature_set,
                calibration=LogitLine.model_validate_json(_read(folder, "calibration.json")),
                scale=Scale.model_validate_json(_read(folder, "scale.json")),
                manifest=manifest,
                card=_load_card(folder, manifest),
                version=version,
            )
        except (OSError, ValueError, lgb.basic.LightGBMError) as error:
            message = f"{folder}: not a usable model: {str(error).splitlines()[0]}"
            raise DatasetError(message, hint="train again with: leadquality train") from error
        if booster.feature_name() != feature_set.names[: model.width]:
            message = f"{folder}: the trees' columns are not those of features.json"
            raise DatasetError(message, hint="train again with: leadquality train")
        if manifest.lexicon and manifest.lexicon != lexicon_digest():
            message = (
                f"{folder}: trained when the lexicon read texts otherwise (digest {manifest.lexicon}, now "
                f"{lexicon_digest()}), so its features would mean something else"
            )
            raise DatasetError(message, hint="train again with: leadquality train")
        return model


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _load_card(folder: Path, manifest: Manifest) -> CardScorer | None:
    if not (folder / "card.json").is_file():
        return None
    attributes = [(entry.entity, entry.name) for entry in manifest.attributes]
    bound = bind_card(PointCard.from_json(_read(folder, "card.json")), attributes, manifest.kinds)
    text = _read(folder, "card_calibration.json")
    return bound if text == "null" else replace(bound, calibration=LogitLine.model_validate_json(text))
