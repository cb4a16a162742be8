"""What became of mapped leads: opportunities, by time or by label, and what sales said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import MappingError
from features.importers.sql import text, texts
from features.importers.tables.files import column
from features.importers.tables.leads import skip_left_out

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.tables.blocks import OpportunitiesBlock, VerdictsBlock
    from features.importers.tables.files import OpenedFile


def stage_opportunities(
    staging: Staging, block: OpportunitiesBlock, file: OpenedFile, leads_file: str, number: int
) -> None:
    """Stage one block of opportunities."""
    relation = f"mapped_opportunities_{number}"
    lead, origin = _lead_and_origin(block, file, leads_file)
    account = f"blank_to_null({column(block.account)})" if block.account else "NULL::VARCHAR"
    created, condition = _created(staging, block, file)
    owner = account if block.account is not None else lead
    key = f"coalesce({owner}, '') || ':' || coalesce({created}, '')"
    # By whose it is and when it came, not by its row: a later export has it in another row.
    by_content = f"'{number}:' || {key} || ':' || row_number() OVER (PARTITION BY {key} ORDER BY _source, _row)"
    identity = f"blank_to_null({column(block.id)})" if block.id else by_content
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE {relation} AS SELECT {identity} AS opportunity_id, {lead} AS lead_id,
            {account} AS account_id, {created} AS created_at, {_plain(block.amount)} AS amount,
            {f"moment({column(block.closed_at)})" if block.closed_at else "NULL::VARCHAR"} AS closed_at,
            {_plain(block.won)} AS won, _source, _row
        FROM {origin} WHERE {condition}"""
    )
    keep = skip_left_out(staging, relation, "opportunities")
    staging.stage("opportunities", f"SELECT * FROM {relation} WHERE {keep}")
    _note_early(staging, relation)


def _plain(name: str | None) -> str:
    return column(name) if name else "NULL::VARCHAR"


def _lead_and_origin(block: OpportunitiesBlock, file: OpenedFile, leads_file: str) -> tuple[str, str]:
    """Return the SQL of the lead's id, and where the rows come from: by place in the leads' own file."""
    if block.account is not None:
        return "NULL::VARCHAR", file.relation
    if file.name != leads_file:
        return f"blank_to_null({column(block.lead or '')})", file.relation
    origin = f"""(SELECT f.*, b.lead_id AS _lead_id, b.created AS _lead_created
        FROM {file.relation} f JOIN lead_rows b ON b._position = f._position WHERE b.nth = 1)"""
    return "_lead_id", origin


def _created(staging: Staging, block: OpportunitiesBlock, file: OpenedFile) -> tuple[str, str]:
    if block.created_at is not None:
        cell = column(block.created_at)
        blank_is_none = block.blank_created_at == "no_opportunity"
        return f"moment({cell})", f"blank_to_null({cell}) IS NOT NULL" if blank_is_none else "true"
    label, positive = column(block.label or ""), block.positive or ()
    _check_label(staging, block, file)
    # After the lead's creation, so that a row asked for at creation has its outcome ahead of it.
    return "(instant(_lead_created) + INTERVAL 1 HOUR)::VARCHAR", f"trim({label}) IN ({texts(positive)})"


def _check_label(staging: Staging, block: OpportunitiesBlock, file: OpenedFile) -> None:
    label, positive = column(block.label or ""), block.positive or ()
    seen = staging.rows(
        f"SELECT trim({label}), count(*) FROM {file.relation} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6"
    )
    listed = ", ".join(f"{value!r} ({rows})" for value, rows in seen)
    if staging.count(file.relation, f"trim({label}) IN ({texts(positive)})") == 0:
        wanted = " or ".join(repr(value) for value in positive)
        raise MappingError(f"{file.shown}: column {block.label!r} is nowhere {wanted}; values seen: {listed}")
    staging.note(f"Label {block.label} of {file.shown}: {', '.join(positive)} is positive; values seen: {listed}.")


def _note_early(staging: Staging, relation: str) -> None:
    early, same_day = staging.rows(
        f"""SELECT count(*), count(*) FILTER (WHERE instant(o.created_at)::DATE = instant(b.created)::DATE)
        FROM {relation} o JOIN lead_book b USING (lead_id) WHERE instant(o.created_at) < instant(b.created)"""
    )[0]
    if early:
        staging.note(
            f"Opportunities earlier than their lead's creation: {early}, kept as they came; {same_day} of them on "
            "the same day, as happens where the lead has a date but no time of day."
        )


def stage_verdicts(staging: Staging, block: VerdictsBlock, file: OpenedFile) -> None:
    """Stage one block of verdicts; values that the mapping gives no meaning are left out and counted."""
    said = f"trim({column(block.verdict)})"
    meanings = " ".join(f"WHEN {text(value)} THEN {text(meaning)}" for value, meaning in block.verdicts.items())
    staging.connection.execute(
        f"""CREATE OR REPLACE TABLE mapped_verdicts AS SELECT blank_to_null({column(block.lead)}) AS lead_id,
            moment({column(block.at)}) AS "at", CASE {said} {meanings} END AS verdict,
            {_plain(block.reason)} AS reason, _source, _row FROM {file.relation}"""
    )
    keep = skip_left_out(staging, "mapped_verdicts", "verdicts")
    staging.skip(
        f"values of {block.verdict} that are no verdict", staging.count("mapped_verdicts", "verdict IS NULL")
    )
    staging.stage("verdicts", f"SELECT * FROM mapped_verdicts WHERE verdict IS NOT NULL AND {keep}")
