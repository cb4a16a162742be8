"""The numba kernels that every path runs: training's batches, Spark's partitions and the API's single lead."""

from features.kernel.events import behaviour_rows
from features.kernel.expressions import run_program
from features.kernel.plan_arrays import Measures, PlanArrays
from features.kernel.tallies import TallyArrays, tally_rows
from features.kernel.versions import change_rows, colleague_rows, version_rows, version_values

__all__ = [
    "Measures",
    "PlanArrays",
    "TallyArrays",
    "behaviour_rows",
    "change_rows",
    "colleague_rows",
    "run_program",
    "tally_rows",
    "version_rows",
    "version_values",
]
