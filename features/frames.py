"""Feature matrices as pandas frames and back: numbers as float64, categories as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from features.language import FeatureSet


def frame_from_matrix(matrix: np.ndarray, feature_set: FeatureSet) -> pd.DataFrame:
    """Return a frame with one column a feature; categories have pandas' category type in stored order."""
    columns: dict[str, object] = {}
    for i, feature in enumerate(feature_set.features):
        if feature.is_category:
            codes = np.nan_to_num(matrix[:, i], nan=-1).astype(np.int64)
            columns[feature.name] = pd.Categorical.from_codes(
                codes, categories=pd.Index(feature.levels, dtype=object)
            )
        else:
            columns[feature.name] = matrix[:, i]
    return pd.DataFrame(columns)


def matrix_from_frame(frame: pd.DataFrame, feature_set: FeatureSet) -> np.ndarray:
    """Return the float64 matrix of a frame whose columns are named as the features, in any order.

    An unseen category is missing, as it is everywhere else.

    Raises
    ------
    DataError
        A column is missing.

    """
    missing = [name for name in feature_set.names if name not in frame.columns]
    if missing:
        hint = did_you_mean(missing[0], [str(column) for column in frame.columns])
        raise DataError(f"the frame lacks the column {missing[0]!r} ({len(missing)} in all)", hint=hint)
    matrix = np.empty((len(frame), len(feature_set.features)))
    for i, feature in enumerate(feature_set.features):
        column = frame[feature.name]
        if feature.is_category:
            place = {level: float(n) for n, level in enumerate(feature.levels)}
            matrix[:, i] = [place.get(str(value), np.nan) for value in column]
        else:
            matrix[:, i] = column.to_numpy(np.float64, na_value=np.nan)
    return matrix
