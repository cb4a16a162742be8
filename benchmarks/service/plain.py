"""What a team would write first: a ``@bentoml.api`` that predicts and explains with shap.TreeExplainer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
import shap

from features.payload import read_lead
from models.answer import lead_row
from models.lead_model import LeadModel
from serving.settings import now

MODEL = "LEADQUALITY_BENCHMARK_MODEL"


@bentoml.service(name="plain")
class Plain:
    """The same model and features, BentoML as it comes."""

    def __init__(self) -> None:
        self.model = LeadModel.load(Path(os.environ[MODEL]))
        self.explainer = shap.TreeExplainer(self.model.booster)

    @bentoml.api(route="/v1/score")
    def score(self, lead: dict[str, Any], /) -> dict[str, Any]:
        """Return the probability and the five features that did most."""
        row = lead_row(self.model, read_lead(lead, self.model.vocabulary, now()))
        trees = row[:, : self.model.width]
        values = self.explainer.shap_values(trees)[0]
        names = self.model.feature_set.names
        most = abs(values).argsort()[::-1][:5]
        return {
            "probability": float(self.model.probability(row)[0]),
            "reasons": [f"{names[i]}: {values[i]:+.3f}" for i in most],
        }
