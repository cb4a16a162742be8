"""The mapping language: how columns of any CSV or Parquet files become the five tables.

A mapping is a YAML file. Its blocks, each a small class below that documents its keys::

    version: 1                      # of this language
    source: Free trials             # the dataset's name
    observed_until: 2020-08-18      # end of what the files cover; by default the latest time found in them
    files:                          # a name for each file, used in the blocks below
      companies: {paths: [companies.csv]}
      usage: {paths: ["usage/*.csv"]}
    leads: {file: companies, id: id, created: first_event}
    attributes:
      - {file: companies, at: export, columns: {INDUSTRY: industry}}
    events:
      - {file: usage, lead: id, at: WEEK, period: 7d, known_after: 6d, totals: {ACTIONS: action}}
    opportunities:
      - {file: companies, created_at: CLOSEDATE, amount: MRR, blank_created_at: no_opportunity}
    refuse:
      companies: {STATUS: written after the outcome}

Column names are those of the file's header, letter case aside. ``row_number`` may stand wherever a column is
named: it is the row's number in its file. Every column must be mapped or refused; the import lists those that
are neither. A date without a time of day counts as the end of that day, since its fact could have come as late.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from features.importers.tables.blocks import (  # noqa: TC001 - pydantic needs them at run time
    AttributesBlock,
    EventsBlock,
    FileBlock,
    LeadsBlock,
    OpportunitiesBlock,
    VerdictsBlock,
)
from features.importers.tables.values import Block, Moment


class Mapping(Block):
    """A whole mapping; see the module's own text for an example.

    ``observed_from`` gives, for an event kind, since when it is recorded, where that is later or earlier than its
    first event. ``refuse`` gives, per file, columns that must not be used, each with the reason.
    """

    version: Literal[1]
    source: str
    observed_until: Moment | None = None
    extracted_at: Moment | None = None
    observed_from: dict[str, Moment] = Field(default_factory=dict)
    files: dict[str, FileBlock] = Field(min_length=1)
    leads: LeadsBlock
    attributes: tuple[AttributesBlock, ...] = ()
    events: tuple[EventsBlock, ...] = ()
    opportunities: tuple[OpportunitiesBlock, ...] = ()
    verdicts: tuple[VerdictsBlock, ...] = ()
    refuse: dict[str, dict[str, str]] = Field(default_factory=dict)

    @property
    def undated(self) -> bool:
        """Whether the leads have an order but no times."""
        return self.leads.order_by is not None
