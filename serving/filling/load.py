"""Loading a dataset into the ledger: its rows are told as facts, and what became of each is counted."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from serving.filling.rows import ORDER, Part, parts_of
from serving.ledger import LedgerRefused, RecordFacts, fault_of
from serving.ledger.facts import LOADED

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from serving.ledger import Ledger

CALLER = LOADED
#: Rows told in one transaction, which takes about an eighth of a second: others who write the ledger wait for it.
SIZE = 5_000
#: Seconds between two transactions. SQLite lets nobody queue: who waits for its lock asks again every 0.1 s at
#: most, and would find it taken each time.
BREATH = 0.03
#: Rows named of those that were not taken.
_MOST = 1_000

_CONFLICT = "was told before with other content; what was told first stays"


class NotTaken(NamedTuple):
    """A row of the dataset that the ledger did not take, with the column at fault."""

    table: str
    row: int
    column: str
    value: str
    why: str


@dataclass
class Loaded:
    """What became of a dataset's facts, by table: how many of each status, and the first rows not taken.

    A status is ``accepted``, ``duplicate``, ``conflict``, ``forgotten`` or ``refused``; an opportunity has up to
    two facts.
    """

    by_table: dict[str, Counter[str]] = field(default_factory=lambda: {table: Counter() for table in ORDER})
    not_taken: list[NotTaken] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def total(self) -> Counter[str]:
        """How many facts have each status."""
        return sum(self.by_table.values(), Counter())

    def name(self, rows: list[NotTaken]) -> None:
        """Remember rows that were not taken, as far as there is room."""
        self.not_taken += rows[: _MOST - len(self.not_taken)]


def load_dataset(
    ledger: Ledger, dataset: Dataset, clock: Callable[[], int], step: Callable[[str, int], None]
) -> Loaded:
    """Tell the ledger all facts of a dataset; whatever it knows already, or was interrupted at, is passed over.

    ``clock`` gives microseconds; ``step`` is told the table and its rows so far read, after each transaction.

    Raises
    ------
    DatasetError
        A table cannot be read.
    LedgerError
        The ledger is not to be had. What was told before stays; loading again goes on from there.

    """
    loaded, began = Loaded(), time.monotonic()
    for table in ORDER:
        rows = 0
        for part in parts_of(dataset, table, SIZE):
            _tell(ledger, part, clock(), loaded)
            rows += part.rows
            step(table, rows)
            time.sleep(BREATH)
    loaded.seconds = time.monotonic() - began
    return loaded


def _tell(ledger: Ledger, part: Part, now: int, loaded: Loaded) -> None:
    """Tell one part; where there is something in it that no ledger could keep, the rest of it."""
    tally = loaded.by_table[part.table]
    try:
        statuses = ledger.write(RecordFacts(part.facts, CALLER, now))
    except LedgerRefused:
        faults = [fault_of(fact) for fact in part.facts]
        refused = [_refusal(part, i, *fault) for i, fault in enumerate(faults) if fault is not None]
        tally["refused"] += len(refused)
        loaded.name(refused)
        sound = [i for i, fault in enumerate(faults) if fault is None]
        part = part._replace(facts=[part.facts[i] for i in sound], origin=[part.origin[i] for i in sound])
        statuses = ledger.write(RecordFacts(part.facts, CALLER, now))
    tally.update(statuses)
    if "conflict" in statuses:
        loaded.name([_conflict(part, i) for i, status in enumerate(statuses) if status == "conflict"])


def _refusal(part: Part, i: int, column: str, why: str) -> NotTaken:
    return NotTaken(part.table, part.origin[i], column, _shown(getattr(part.facts[i], column, None)), why)


def _conflict(part: Part, i: int) -> NotTaken:
    column = "event_id" if part.table == "events" else "verdict_id"
    return NotTaken(part.table, part.origin[i], column, _shown(getattr(part.facts[i], column)), _CONFLICT)


def _shown(value: Any) -> str:  # noqa: ANN401 - of any column
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
