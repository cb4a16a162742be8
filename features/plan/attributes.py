"""Columns about the versions of attributes: how often they change, how many are filled in, colleagues' values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.history.arrays import Versions
from features.kernel import change_rows, colleague_rows, version_rows
from features.language.attributes import (
    AttributeChange,
    ColleagueAttribute,
    FilledShare,
)
from features.language.readers import read_text

if TYPE_CHECKING:
    from features.history import History
    from features.language import Entity

AttributeSource = AttributeChange | FilledShare | ColleagueAttribute


def attribute_column(
    source: AttributeSource, history: History, leads: np.ndarray, as_of: np.ndarray
) -> np.ndarray:
    """Return one feature about an attribute's versions for each (lead, as_of) row, float64 (rows,)."""
    match source:
        case FilledShare():
            return _filled_share(source, history, leads, as_of)
        case ColleagueAttribute():
            return _colleagues(source, history, leads, as_of)
    return _changes(source, history, leads, as_of)


def owners_of(entity: Entity, history: History, leads: np.ndarray) -> np.ndarray:
    """Return the numbers of the entities whose attributes are meant, int64, -1 for none."""
    return leads if entity == "lead" else history.account_of[leads].astype(np.int64)


def _changes(source: AttributeChange, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    out = np.full(len(leads), np.nan)
    versions = history.versions.get((source.entity, source.attribute))
    if versions is not None and versions.tracked:
        owners = owners_of(source.entity, history, leads)
        counted = source.measure == "changes"
        change_rows(versions.start, versions.known_at, versions.code, owners, as_of, counted, out)
    return out


def _filled_share(source: FilledShare, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    filled = np.zeros(len(leads))
    value = np.empty(len(leads))
    for entity, name in source.attributes:
        versions = history.versions.get((entity, name))
        if versions is not None:
            present = np.where(versions.code >= 0, 1.0, 0.0)
            version_rows(
                versions.start, versions.known_at, present, owners_of(entity, history, leads), as_of, value
            )
            filled += np.nan_to_num(value)
    return filled / len(source.attributes)


def _colleagues(source: ColleagueAttribute, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    out = np.full(len(leads), np.nan)
    versions = history.versions.get(("lead", source.attribute)) or _never_known(len(history.arrays.created_at))
    distinct = source.measure == "distinct"
    texts = [read_text(source.read, text) for text in versions.vocabulary]
    meanings = sorted({text for text in texts if text is not None})
    place: dict[str, int] = {text: i for i, text in enumerate(meanings)}
    if not distinct:
        place = {text: 0 if text in source.values else -1 for text in meanings}
    value = np.array([*(-1 if text is None else place[text] for text in texts), -1], np.int64)[versions.code]
    values = max(len(meanings), 1)
    colleague_rows(history.arrays, versions.start, versions.known_at, value, leads, as_of, values, distinct, out)
    return out


def _never_known(leads: int) -> Versions:
    return Versions(np.zeros(leads + 1, np.int64), np.empty(0, np.int64), np.empty(0, np.int32), ())
