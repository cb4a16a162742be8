"""The file that MLflow runs to load a model (models from code); it reads text and JSON only.

``mlflow.pyfunc.load_model(...).predict(frame)`` takes feature columns by name, categories as text, and returns
probability, score, grade and points. ``unwrap_python_model().model`` is the :class:`LeadModel` itself.

Annotations are evaluated here, unlike elsewhere: MLflow reads them at run time.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModelContext

from features.frames import matrix_from_frame
from models.answer import score_matrix
from models.lead_model import LeadModel


class LeadQuality(mlflow.pyfunc.PythonModel):
    """A lead model behind MLflow's pyfunc interface."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model's files."""
        self.model = LeadModel.load(Path(context.artifacts["model"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return probability, score, grade, points and points_grade for each row."""
        del context, params
        batch = score_matrix(self.model, matrix_from_frame(model_input, self.model.feature_set))
        columns: dict[str, Any] = {"probability": batch.probability, "score": batch.score, "grade": batch.grade}
        if batch.points is not None:
            columns |= {"points": batch.points, "points_grade": batch.points_grade}
        return pd.DataFrame(columns, index=model_input.index)


mlflow.models.set_model(LeadQuality())
