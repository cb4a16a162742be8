"""What a training stands on: the dataset's history, its labelled rows, their split and their feature matrix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import models
from features.engines import Engine, LocalEngine
from features.errors import DataError
from features.facts.publish import silent
from features.language import AttributeValue, FeatureSet, Profile, expand, profile_dataset, read_declaration
from features.levels import learn_levels
from models.card import CardScorer, bind_card, read_card
from training.horizons import check_horizons
from training.leak_guard import Guard, stand_guard
from training.rows import Rows, build_rows
from training.split import Parts, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from features.facts import Dataset
    from features.history import History
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class Material:
    """Rows with features; ``matrix`` float64 (n, f) has the model's ``width`` features first, then the card's.

    ``profile`` is that of the whole dataset; what the ``guard`` leaves out is known, and read by no feature. The
    ``engine`` read ``history``, which holds no more than that engine needs here.
    """

    dataset: Dataset
    history: History
    profile: Profile
    rows: Rows
    parts: Parts
    feature_set: FeatureSet
    width: int
    matrix: np.ndarray
    card: CardScorer | None
    guard: Guard
    engine: Engine

    @property
    def card_matrix(self) -> np.ndarray:
        """The card's columns, in its own order."""
        if self.card is None:
            raise ValueError("this training has no card")
        return self.matrix[:, [self.feature_set.position(name) for name in self.card.feature_set.names]]

    @property
    def categories(self) -> list[int]:
        """Numbers of the model's category columns."""
        return [i for i, f in enumerate(self.feature_set.features[: self.width]) if f.is_category]

    @property
    def directions(self) -> list[int]:
        """The model's monotone directions, one a column."""
        return [f.direction for f in self.feature_set.features[: self.width]]

    @property
    def undecided(self) -> int:
        """How many snapshots were left out since their horizon has not passed."""
        return int((self.rows.label < 0).sum())

    def compute(self, feature_set: FeatureSet, step: Callable[[str], None] = silent) -> np.ndarray:
        """Return the same rows' matrix of another feature set, float64 (n, features)."""
        return self.engine.matrix(self.dataset, self.history, feature_set, self.rows.lead, self.rows.as_of, step)


def gather(
    dataset: Dataset, spec: TrainingSpec, step: Callable[[str], None] = silent, engine: Engine | None = None
) -> Material:
    """Read the history, take and split the snapshots, and compute every row's features.

    Which features there are goes by what the dataset held before the test began, category levels by the training
    rows alone. What the audit convicts is left out of the features.

    Raises
    ------
    ConfigError
        The specification does not fit the data.

    """
    if not dataset.manifest.undated:
        check_horizons(spec)
    engine = engine or LocalEngine()
    step("reading the history")
    profile = profile_dataset(dataset)
    declaration = read_declaration(shipped("feature_sets", spec.features))
    everything = expand(declaration, profile)
    card = None if spec.card is None else bound_card(spec.card, profile)
    together = everything if card is None else everything.union(card.feature_set.features)
    history = engine.history(dataset, together)
    step("taking snapshots of open leads")
    rows = build_rows(dataset, history, spec.snapshots, spec.horizon_us)
    parts = split_rows(rows, history, spec.split, spec.horizon_us)
    # A kind that first came later would still be a column, and columns are drawn by lot.
    declared = expand(declaration, profile_dataset(dataset, parts.test_from))
    guard = stand_guard(dataset, spec, parts.test_from, declared, profile, card, step)
    train = rows.take(parts.train)
    fitted = learn_levels(guard.narrowed.feature_set, history, train.lead, train.as_of)
    everything = fitted if card is None else fitted.union(card.feature_set.features)
    matrix = engine.matrix(dataset, history, everything, rows.lead, rows.as_of, step)
    width = len(fitted.features)
    return Material(dataset, history, profile, rows, parts, everything, width, matrix, card, guard, engine)


def bound_card(name_or_path: str, profile: Profile) -> CardScorer:
    """Read a card and bind it to what a dataset holds."""
    owners = [(known.entity, known.name) for known in profile.attributes]
    return bind_card(read_card(shipped("cards", name_or_path)), owners, list(profile.kinds))


def shipped(kind: str, name_or_path: str) -> Path:
    """Return the path of a file given by path, or by the name of one shipped under ``models/<kind>/``."""
    path = Path(name_or_path)
    if path.is_file():
        return path
    folder = Path(models.__file__).parent / kind
    inside = folder / f"{name_or_path}.yaml"
    if inside.is_file():
        return inside
    names = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
    raise DataError.missing_file(path, wanted=f"a YAML file, or one of the shipped {kind}: {names}")


def attribute_types(profile: Profile, feature_set: FeatureSet) -> dict[tuple[str, str], str]:
    """Return each attribute's type: as the feature set reads it, else as its values look.

    What a reader of texts takes apart may be any text, "11-50" as well as 30.
    """
    types: dict[tuple[str, str], str] = {(a.entity, a.name): a.type for a in profile.attributes}
    for feature in feature_set.features:
        source = feature.source
        if isinstance(source, AttributeValue) and (source.read is None or types.get(_pair(source)) == "number"):
            types[_pair(source)] = "category" if source.read is not None else source.type
    return types


def _pair(source: AttributeValue) -> tuple[str, str]:
    return source.entity, source.attribute
