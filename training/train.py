"""One command's work: from a dataset to a registered model, held against the card on leads that neither saw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from features.facts.publish import silent
from training.arms.fit import learnt_opportunities
from training.backtest.folds import rolling_folds
from training.backtest.run import Backtest, run_backtest
from training.curve import LearningCurve
from training.fit import Fitted, fit_all
from training.frozen import AGAIN_TAG, DIGEST_TAG, check_look, frozen_digest
from training.inflation import Inflation, measure_inflation
from training.looks import earlier_looks, look_again
from training.material import Material, gather
from training.maturity import Maturity, measure_maturity
from training.recommend import Recommendation, recommend
from training.record import record_of
from training.side_by_side import compare_rows
from training.spec import Tuning
from training.tracking import Registered, record_training, study_storage
from training.trials import Tuned, bag_of
from training.tune import tune
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.engines import Engine
    from features.facts import Dataset
    from models.lead_model import LeadModel
    from training.comparison import Comparison
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class Trained:
    """What a training gives back.

    ``comparison`` is on the held-out rows, ``backtest`` on the origins before them; ``look`` says how often those
    rows have been looked at. ``curve`` has the served trees' log loss by round. ``backtest`` and
    ``recommendation`` are None where no origin can be used. ``left_out`` says why each of the others cannot.
    """

    model: LeadModel
    comparison: Comparison
    registered: Registered
    material: Material
    fitted: Fitted
    inflation: Inflation | None
    backtest: Backtest | None
    recommendation: Recommendation | None
    maturity: Maturity
    tuned: Tuned | None
    look: str
    curve: list[tuple[int, float]] = field(default_factory=list)
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain types for JSON: all but the comparison on the held-out rows and the leak guard."""
        return {
            "version": self.registered.version,
            "look": self.look,
            "backtest": None if self.backtest is None else self.backtest.to_dict(),
            "origins_left_out": list(self.left_out),
            "recommendation": None if self.recommendation is None else self.recommendation.to_dict(),
            "maturity": self.maturity.to_dict(),
            "calibration_losses": self.fitted.losses,
            "notes": list(self.fitted.notes),
        }


def train(
    dataset: Dataset,
    spec: TrainingSpec,
    *,
    uri: str | None = None,
    step: Callable[[str], None] = silent,
    on_round: Callable[[int, float | None], None] | None = None,
    engine: Engine | None = None,
    again: str | None = None,
) -> Trained:
    """Backtest, train, compare on the held-out rows, and register the model with everything that explains it.

    ``uri`` is MLflow's; without it MLFLOW_TRACKING_URI, or an SQLite file, is used. ``engine`` computes the
    features, this machine unless told otherwise; the model is the same whichever does. ``again`` is the reason for
    looking at the held-out rows once more with a specification that was scored on them before.

    Raises
    ------
    ConfigError
        The specification does not fit the data, or was scored on these rows before and ``again`` is None.

    """
    digest = frozen_digest(dataset, spec)
    looks = earlier_looks(uri)
    look = check_look(digest, dataset.manifest.digest, looks, again)
    material = gather(dataset, spec, step, engine)
    folds = rolling_folds(material.rows, material.history, material.parts, spec)
    tuned = None
    configurations: list[dict[str, Any]] = bag_of([{}], spec.tuning.size, spec.seed)
    if spec.tuning.wanted:
        if spec.start == "card":
            message = "start: card cannot be searched: the search does not know where the trees begin"
            raise ConfigError(message, hint="leave out --trials and --budget, or start: nothing")
        search = frozen_digest(dataset, spec.model_copy(update={"tuning": Tuning()}))
        tuned = tune(material, spec, folds.folds, storage=study_storage(uri), study_name=search, step=step)
        configurations = tuned.bag(spec.tuning.size, spec.seed)
    backtest = run_backtest(material, spec, folds, configurations, step)
    curve = LearningCurve(on_round)
    fitted = fit_all(material, spec, step, curve, configurations)
    step("comparing on the held-out rows")
    comparison = compare_on(material, fitted, spec)
    inflation = measure_inflation(material, fitted, spec, step)
    done = Trained(
        model=fitted.model,
        comparison=comparison,
        registered=Registered("", "", ""),
        material=material,
        fitted=fitted,
        inflation=inflation,
        backtest=backtest,
        recommendation=None if backtest is None else recommend_from(material, spec, backtest),
        maturity=measure_maturity(material.rows, material.parts.test_from, spec.horizon_us),
        tuned=tuned,
        look=look,
        curve=curve.points(),
        left_out=folds.left_out,
    )
    step("recording the run and registering the model")
    tags = {DIGEST_TAG: digest}
    if again is not None and any(earlier.digest == digest for earlier in looks):
        tags[AGAIN_TAG] = again
    registered = record_training(record_of(done, spec, tags), uri, name=f"{spec.features}, {spec.horizon_text}")
    look = f"{look} {look_again(digest, looks, registered)}".rstrip()
    return replace(done, model=fitted.model.with_version(registered.version), registered=registered, look=look)


def recommend_from(material: Material, spec: TrainingSpec, backtest: Backtest) -> Recommendation:
    """Recommend an arm by a backtest's rows, which count as in a fit of the specification."""
    weight = training_weights(material, spec, backtest.rows)
    learnt = learnt_opportunities(material)
    return recommend(backtest.arms, material.rows.take(backtest.rows), weight, learnt, material.width)


def compare_on(material: Material, fitted: Fitted, spec: TrainingSpec) -> Comparison:
    """Compare all arms on the test rows; the card is the reference where there is one."""
    return compare_rows(material, spec, material.parts.test, fitted.arms)
