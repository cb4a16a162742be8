"""A model in its folder: text and JSON, no pickle, written and read back with every part checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import lightgbm as lgb
from pydantic import TypeAdapter

from features.errors import DatasetError
from features.language import FeatureSet
from features.texts import lexicon_digest
from models.booster_text import check_whole
from models.calibration import LogitLine, VennAbersBand, read_calibration
from models.card import CardScorer, PointCard, bind_card
from models.manifest import Manifest, Scale
from models.similar import SimilarLeads
from models.typical import Typical

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import BaseModel

    from models.lead_model import LeadModel

Part = TypeVar("Part")

_HORIZONS = TypeAdapter(dict[int, float])


def write_model(model: LeadModel, folder: Path) -> None:
    """Write a model's files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "booster.txt").write_text(model.booster.model_to_string(), encoding="utf-8")
    (folder / "features.json").write_text(model.feature_set.to_json(), encoding="utf-8")
    (folder / "calibration.json").write_text(model.calibration.model_dump_json(), encoding="utf-8")
    for name, part in _optional_parts(model):
        if part is not None:
            (folder / f"{name}.json").write_text(part.model_dump_json(), encoding="utf-8")
    if model.horizons:
        (folder / "horizons.json").write_bytes(_HORIZONS.dump_json(dict(model.horizons)))
    (folder / "scale.json").write_text(model.scale.model_dump_json(), encoding="utf-8")
    (folder / "manifest.json").write_text(model.manifest.model_dump_json(indent=1), encoding="utf-8")
    if model.card is not None:
        (folder / "card.json").write_text(model.card.card.to_json(), encoding="utf-8")
        line = model.card.calibration
        (folder / "card_calibration.json").write_text(
            "null" if line is None else line.model_dump_json(), encoding="utf-8"
        )


def _optional_parts(model: LeadModel) -> tuple[tuple[str, BaseModel | None], ...]:
    return ("start", model.start), ("band", model.band), ("similar", model.past), ("typical", model.typical)


def read_parts(folder: Path) -> dict[str, Any]:
    """Return a saved model's parts by the name of their field.

    Raises
    ------
    DatasetError
        A file is missing, damaged, or the parts do not fit one another.

    """
    try:
        manifest = Manifest.model_validate_json(_read(folder, "manifest.json"))
        feature_set = FeatureSet.from_json(_read(folder, "features.json"), where=str(folder))
        booster = lgb.Booster(model_str=check_whole(_read(folder, "booster.txt")))
        parts: dict[str, Any] = {
            "booster": booster,
            "feature_set": feature_set,
            "calibration": read_calibration(_read(folder, "calibration.json")),
            "scale": Scale.model_validate_json(_read(folder, "scale.json")),
            "manifest": manifest,
            "card": _load_card(folder, manifest),
            "start": _optional(folder, "start.json", LogitLine.model_validate_json),
            "horizons": _optional(folder, "horizons.json", _HORIZONS.validate_json) or {},
            "band": _optional(folder, "band.json", VennAbersBand.model_validate_json),
            "past": _optional(folder, "similar.json", SimilarLeads.model_validate_json),
            "typical": _optional(folder, "typical.json", Typical.model_validate_json),
        }
    except (OSError, ValueError, lgb.basic.LightGBMError) as error:
        message = f"{folder}: not a usable model: {str(error).splitlines()[0]}"
        raise DatasetError(message, hint="train again with: leadquality train") from error
    if parts["start"] is not None and parts["card"] is None:
        message = f"{folder}: not a usable model: the trees began from a card, and the model has none"
        raise DatasetError(message, hint="train again with: leadquality train")
    if booster.feature_name() != feature_set.names[: booster.num_feature()]:
        message = f"{folder}: the trees' columns are not those of features.json"
        raise DatasetError(message, hint="train again with: leadquality train")
    past = parts["past"]
    if past is not None and past.feature not in {None, *feature_set.names}:
        message = f"{folder}: similar.json counts by {past.feature}, which is not in features.json"
        raise DatasetError(message, hint="train again with: leadquality train")
    if manifest.lexicon and manifest.lexicon != lexicon_digest():
        message = (
            f"{folder}: trained when the lexicon read texts otherwise (digest {manifest.lexicon}, now "
            f"{lexicon_digest()}), so its features would mean something else"
        )
        raise DatasetError(message, hint="train again with: leadquality train")
    return parts


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _optional(folder: Path, name: str, read: Callable[[str], Part]) -> Part | None:
    """Return a part that a model may lack, as those trained before it existed do."""
    return read(_read(folder, name)) if (folder / name).is_file() else None


def _load_card(folder: Path, manifest: Manifest) -> CardScorer | None:
    if not (folder / "card.json").is_file():
        return None
    attributes = [(entry.entity, entry.name) for entry in manifest.attributes]
    bound = bind_card(PointCard.from_json(_read(folder, "card.json")), attributes, manifest.kinds)
    text = _read(folder, "card_calibration.json")
    return bound if text == "null" else replace(bound, calibration=LogitLine.model_validate_json(text))
