"""A dataset's rows as the ledger's facts, a part at a time.

A dataset says what is known by now, the ledger what was known when. So a lead is known from its creation on, and
an opportunity is told twice: as it began, and as it ended or stood when the dataset was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DatasetError
from serving.facts_in.happenings import content_id
from serving.ledger import AttributeFact, EventFact, LeadFact, OpportunityFact, VerdictFact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from features.facts import Dataset
    from serving.ledger import Fact

#: Leads come last: until a lead is there with all that it did, nobody can score it on half of it.
ORDER = ("attributes", "opportunities", "verdicts", "events", "leads")


class Part(NamedTuple):
    """Facts of one table, and of each the row (from 1) that it came from; ``rows`` were read for it."""

    table: str
    rows: int
    facts: list[Fact]
    origin: list[int]


def parts_of(dataset: Dataset, table: str, size: int) -> Iterator[Part]:
    """Yield a table's facts, those of up to ``size`` rows at a time.

    Raises
    ------
    DatasetError
        The table cannot be read.

    """
    make, columns = _MAKERS[table]
    first = 1
    try:
        with pq.ParquetFile(dataset.file(table)) as file:
            for batch in file.iter_batches(batch_size=size, columns=list(columns)):
                rows = zip(*(_values(batch.column(name)) for name in columns), strict=True)
                told = [(row, fact) for row, values in enumerate(rows, first) for fact in make(dataset, *values)]
                yield Part(table, len(batch), [fact for _, fact in told], [row for row, _ in told])
                first += len(batch)
    except (OSError, ValueError, KeyError) as error:
        message = f"{dataset.file(table)}: cannot be read: {str(error).splitlines()[0]}"
        raise DatasetError(message, hint="import the source again") from error


def _values(column: pa.Array) -> list[Any]:
    """Return a column's values, times as whole microseconds."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    return list(column.to_pylist())


def _lead(_: Dataset, lead_id: str, account_id: str | None, created_at: int) -> tuple[Fact, ...]:
    return (LeadFact(lead_id, account_id, created_at, created_at),)


def _attribute(_: Dataset, *values: Any) -> tuple[Fact, ...]:  # noqa: ANN401 - as the columns are
    return (AttributeFact(*values),)


def _event(_: Dataset, *values: Any) -> tuple[Fact, ...]:  # noqa: ANN401
    return (EventFact(*values),)


def _opportunity(
    dataset: Dataset,
    opportunity_id: str,
    created_at: int,
    closed_at: int | None,
    won: bool | None,
    amount: float | None,
    lead_id: str | None,
    account_id: str | None,
) -> tuple[Fact, ...]:
    """Return an opportunity as it began, and as it ended: nobody knew the end, nor the final amount, before it."""
    begun = OpportunityFact(opportunity_id, created_at, created_at, lead_id=lead_id, account_id=account_id)
    last = OpportunityFact(
        opportunity_id,
        created_at,
        max(created_at, dataset.observed_until if closed_at is None else closed_at),
        closed_at,
        won,
        amount,
        lead_id,
        account_id,
    )
    if (closed_at, won, amount) == (None, None, None):
        return (begun,)
    return (last,) if last.known_at == created_at else (begun, last)


def _verdict(_: Dataset, lead_id: str, at: int, verdict: Any, reason: str | None) -> tuple[Fact, ...]:  # noqa: ANN401
    # A dataset's verdicts have no ids; the same told over HTTP without one is the same fact.
    return (VerdictFact(content_id([lead_id, at, verdict, reason]), lead_id, at, verdict, reason),)


_MAKERS: dict[str, tuple[Callable[..., tuple[Fact, ...]], tuple[str, ...]]] = {
    "leads": (_lead, ("lead_id", "account_id", "created_at")),
    "attributes": (_attribute, ("entity", "entity_id", "name", "value", "known_at")),
    "events": (_event, ("event_id", "lead_id", "kind", "at", "known_at", "channel", "campaign", "value")),
    "opportunities": (
        _opportunity,
        ("opportunity_id", "created_at", "closed_at", "won", "amount", "lead_id", "account_id"),
    ),
    "verdicts": (_verdict, ("lead_id", "at", "verdict", "reason")),
}
