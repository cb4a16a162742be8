"""The truth of a simulated market on disk: ``truth/`` beside the tables, for measuring models and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DatasetError
from features.simulation.behaviour import Happenings
from features.simulation.conversion import Weights
from features.simulation.epochs import Epochs
from features.simulation.identifiers import as_text
from features.simulation.parameters import Parameters

if TYPE_CHECKING:
    from features.simulation.market import Market

TRUTH = "truth"
_VERSION = 1


@dataclass(frozen=True)
class Truth:
    """What :func:`~features.simulation.true_probability` needs; positions and moments as in ``Market``.

    ``verdict`` is the moment of the first look (infinite: never), ``accepted`` its outcome,
    ``has_account`` whether colleagues may join.
    """

    parameters: Parameters
    lead_ids: pd.Index
    starts: np.ndarray
    created: np.ndarray
    opportunity: np.ndarray
    verdict: np.ndarray
    accepted: np.ndarray
    has_account: np.ndarray
    epochs: Epochs
    events: Happenings
    event_starts: np.ndarray
    weights: Weights


def write_truth(market: Market, folder: Path) -> None:
    """Write the truth below a dataset folder that is being published."""
    target = folder / TRUTH
    target.mkdir()
    (target / "parameters.json").write_text(market.parameters.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sizes = np.diff(market.people.starts)
    leads = {
        "lead_id": as_text(market.lead_ids),
        "group": np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        "created": market.people.created,
        "opportunity": market.opportunity,
        "verdict": market.look["at"].to_numpy(),
        "accepted": market.look["accepted"].to_numpy(),
        "has_account": market.people.account >= 0,
    }
    _write(target / "leads.parquet", leads)
    lead_of_epoch = np.repeat(np.arange(len(market.lead_ids), dtype=np.int32), np.diff(market.epochs.starts))
    epochs = {"lead": lead_of_epoch, "day": market.epochs.day, "segment": market.epochs.segment}
    _write(target / "epochs.parquet", epochs)
    _write(target / "events.parquet", {**market.events._asdict(), **market.weights._asdict()})


def _write(file: Path, columns: dict[str, np.ndarray]) -> None:
    pq.write_table(pa.table(columns), file, compression="zstd")


def read_truth(dataset: Path) -> Truth:
    """Read the truth of a simulated dataset.

    Raises DatasetError where the folder holds none, as every dataset does that was not simulated.
    """
    folder = Path(dataset) / TRUTH
    if not (folder / "parameters.json").is_file():
        message = f"{dataset}: has no {TRUTH}/ folder, so its true probabilities are not known"
        raise DatasetError(message, hint="only simulated markets have one: leadquality import simulated --help")
    try:
        parameters = Parameters.model_validate_json((folder / "parameters.json").read_text(encoding="utf-8"))
        leads, epochs, events = (_read(folder / f"{name}.parquet") for name in ("leads", "epochs", "events"))
    except (OSError, ValueError) as error:
        message = f"{folder}: cannot be read: {str(error).splitlines()[0]}"
        raise DatasetError(message, hint="import the simulated market again") from error
    group = leads["group"]
    starts = np.searchsorted(group, np.arange(group[-1] + 2))
    group_of_event = group[events["lead"]]
    numbers = np.arange(len(group) + 1)
    return Truth(
        parameters=parameters,
        lead_ids=pd.Index(leads["lead_id"]),
        starts=starts,
        created=leads["created"],
        opportunity=leads["opportunity"],
        verdict=leads["verdict"],
        accepted=leads["accepted"],
        has_account=leads["has_account"],
        epochs=Epochs(
            np.searchsorted(epochs["lead"], numbers),
            epochs["day"],
            epochs["segment"],
        ),
        events=Happenings(events["lead"], events["kind"], events["at"]),
        event_starts=np.searchsorted(group_of_event, np.arange(group[-1] + 2)),
        weights=Weights(events["own"], events["give"]),
    )


def _read(file: Path) -> dict[str, np.ndarray]:
    # Copies, since Arrow's own memory is read-only, and kernels would be compiled once more for that.
    return {name: np.array(column) for name, column in pq.read_table(file).to_pandas().items()}
