"""The blocks of a mapping, one small class each; their texts are the manual of their keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from features.importers.tables.values import (
    EVERY,
    Block,
    ColumnsByName,
    DateFormats,
    Delimiter,
    Duration,
    Encoding,
    Moment,
    Texts,
)


class FileBlock(Block):
    """One kind of rows, in one or several files.

    ``paths``: file names or patterns (``usage/*.csv``), relative to the data folder; rows of several files are
    taken together, and a column that only some of them have is blank in the others. ``format``: ``csv`` or
    ``parquet``, by default from the name's ending. ``delimiter`` (one character or ``tab``) and ``encoding``
    are for CSV. ``date_format``: how times are written where it is not ISO 8601, as in ``"%d/%m/%Y"`` or
    ``"%m/%d/%y %H:%M"``; for every column that the mapping takes a time from, or column by column.
    """

    paths: Texts = Field(min_length=1)
    format: Literal["csv", "parquet"] | None = None
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    date_format: DateFormats = Field(default_factory=dict)


class LeadsBlock(Block):
    """The leads: one row each; a second row with the same id is rejected.

    ``id``: the lead's own id, or ``row_number``. ``account``: the company it belongs to. When it came into
    being is one of ``created_at``: a column; ``created: first_event``: when its first event became known, a
    total of zero among them since the lead was there to be counted, and a lead without any is left out;
    ``order_by``: a column, or ``row_number``, that only tells which lead came first. Then times are made up, a
    minute apart, and the dataset is marked as undated. ``created_from`` leaves out leads created before it.
    """

    file: str
    id: str
    account: str | None = None
    created_at: str | None = None
    created: Literal["first_event"] | None = None
    order_by: str | None = None
    created_from: Moment | None = None

    @model_validator(mode="after")
    def _one_time(self) -> LeadsBlock:
        self.need_one_of("created_at", "created", "order_by")
        if self.order_by is not None and self.created_from is not None:
            message = "created_from needs real times, and order_by says that there are none"
            raise ValueError(message)
        return self


class AttributeColumn(Block):
    """One attribute: its ``name`` (by default the column's, in snake_case), and what counts as blank in it."""

    name: str | None = None
    blank_values: Texts = ()


def _column_or_name(value: Any) -> Any:  # noqa: ANN401 - pydantic checks it next
    if value is None or isinstance(value, str):
        return {"name": value}
    return value


class AttributesBlock(Block):
    """Attributes of leads, or of accounts where ``account`` names the column with their ids.

    ``lead``: the column with the lead's id, needed unless ``file`` is that of the leads. From when a value
    counts as known is one of ``known_at``: a column, so that a file may hold several versions; ``at:
    created``: it was written down with the lead and never changed; ``at: export``: it is the value on the day
    of export, used from the lead's creation on for want of better, and the dataset says so. ``columns``: a
    list, or column and attribute name, or column and {name, blank_values}; ``"*"``, alone or among them, is every
    column that is neither named elsewhere nor refused. ``blank_values``: texts that mean that nothing was filled
    in.
    """

    file: str
    lead: str | None = None
    account: str | None = None
    known_at: str | None = None
    at: Literal["created", "export"] | None = None
    blank_values: Texts = ()
    columns: Annotated[dict[str, Annotated[AttributeColumn, BeforeValidator(_column_or_name)]], ColumnsByName] = (
        Field(min_length=1)
    )

    @model_validator(mode="after")
    def _one_time(self) -> AttributesBlock:
        self.need_one_of("known_at", "at")
        if self.lead is not None:
            self.need_one_of("lead", "account")
        if EVERY in self.columns and self.columns[EVERY].name is not None:
            message = 'columns: "*" is many columns, which cannot all have one name'
            raise ValueError(message)
        return self


class EventsBlock(Block):
    """Events in long form, one a row, or as totals of a period, several a row.

    ``lead``: the column with the lead's id. ``at``: the column with the time. What happened is one of
    ``kind``: the same for every row; ``kind_column``: a column, its values in snake_case or as ``kinds``
    renames them; ``totals``: columns that count a period, and the kind for each.

    Known from ``known_at``, a column, or ``known_after``, a duration after ``at``; by default at once. Totals
    need ``period``, how long each covers from ``at`` on: they count as happening when they become known (by
    default at the period's end), because when within it is not known. A total of zero makes no event unless
    ``keep_zero``; it still shows from when on the kind is observed. ``value``, ``channel``, ``campaign``:
    columns. ``id``: a column that is unique; rows that repeat it, as overlapping slices of an export do, are
    rejected.
    """

    file: str
    lead: str
    at: str
    id: str | None = None
    kind: str | None = None
    kind_column: str | None = None
    kinds: dict[str, str] = Field(default_factory=dict)
    totals: dict[str, str] | None = Field(default=None, min_length=1)
    known_at: str | None = None
    known_after: Duration | None = None
    period: Duration | None = None
    keep_zero: bool = False
    value: str | None = None
    channel: str | None = None
    campaign: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> EventsBlock:
        self.need_one_of("kind", "kind_column", "totals")
        self.need_with("totals", "period")
        self.need_with("period", "totals")
        if self.known_at is not None:
            self.need_one_of("known_at", "known_after")
        if self.totals is not None and (self.value is not None or self.known_at is not None):
            message = (
                "totals carry their own value and are known_after their stamp; value and known_at do not apply"
            )
            raise ValueError(message)
        return self


class OpportunitiesBlock(Block):
    """What the leads became: opportunities with a time, or a label for leads without dates.

    ``lead``: the column with the lead's id, needed unless ``file`` is that of the leads; or ``account``.
    ``created_at``: a column; a row where it is blank is rejected, unless ``blank_created_at: no_opportunity``
    says that it means just that. ``label`` with ``positive``: a column and its value(s) for a lead that became
    an opportunity; for undated leads only, and the opportunity then comes an hour after its lead. ``amount``,
    ``closed_at``, ``won``, ``id``: columns.
    """

    file: str
    lead: str | None = None
    account: str | None = None
    id: str | None = None
    created_at: str | None = None
    blank_created_at: Literal["reject", "no_opportunity"] = "reject"
    label: str | None = None
    positive: Texts | None = None
    amount: str | None = None
    closed_at: str | None = None
    won: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> OpportunitiesBlock:
        self.need_one_of("created_at", "label")
        self.need_with("label", "positive")
        self.need_with("positive", "label")
        if self.lead is not None:
            self.need_one_of("lead", "account")
        return self


class VerdictsBlock(Block):
    """What sales said: ``verdict`` is a column, ``verdicts`` tells for each of its values which of ours it means.

    ``lead``, ``at`` and ``reason`` are columns. Rows with a value that ``verdicts`` does not name are left out
    and counted.
    """

    file: str
    lead: str
    at: str
    verdict: str
    verdicts: dict[str, Literal["accepted", "rejected", "recycled"]] = Field(min_length=1)
    reason: str | None = None
