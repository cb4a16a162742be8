"""Replaying a card over a whole market: ``python -m benchmarks.card_replay [--leads 10000]``.

The shipped card is replayed for every open lead on every Monday, by ``models.card.replay`` and by DuckDB SQL doing
the same rules over the same Parquet files. Both must give the same points; the ratio is what counts, since
absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.facts import Dataset
from features.history import History
from features.language import profile_dataset
from features.open_leads import open_at_each
from features.simulation import import_simulated
from leadquality.console import out
from models.card.replay import replay
from models.card.replay_dataset import mondays
from training.material import bound_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.card import CardScorer
    from models.card.rule import Rule


def main() -> None:
    """Make or open a market, replay it both ways, compare, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--dataset", type=Path, help="a simulated dataset that is there already")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows, repeated or cut to so many")
    parser.add_argument("--times", type=int, default=3, help="least of so many runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = (
            Dataset.open(arguments.dataset)
            if arguments.dataset
            else import_simulated(arguments.leads, 1, Path(folder) / "data")
        )
        scorer = bound_card("b2b_example", profile_dataset(dataset))
        history = History.from_dataset(dataset, scorer.feature_set)
        moments = mondays(dataset, history)
        lead, which = open_at_each(dataset, history, moments)
        place = np.resize(np.arange(len(lead)), arguments.rows)
        lead, as_of = lead[place], moments[which[place]]
        ours, points = _least(arguments.times, lambda: replay(scorer, history, lead, as_of, threads=2).total)
        theirs, other = _least(arguments.times, lambda: _by_sql(dataset, history, scorer, lead, as_of))
    assert (points == other).all(), "both must give the same points"
    out.print(
        f"{len(lead):,} rows of {len(scorer.card.rules)} rules: ours {ours:.2f} s "
        f"({len(lead) / ours * 60 / 1e6:,.0f} million rows a minute), DuckDB SQL {theirs:.2f} s, "
        f"{theirs / ours:.1f} times as long"
    )


def _least(times: int, run: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - began)
    return min(seconds), found


def _by_sql(
    dataset: Dataset, history: History, scorer: CardScorer, lead: np.ndarray, as_of: np.ndarray
) -> np.ndarray:
    """Return the totals, int64 (n,), from Parquet by one query: a lateral count for each rule."""
    rows = pa.table(
        {
            "row": np.arange(len(lead)),
            "lead_id": pa.array(history.lead_ids[lead], pa.string()),
            "as_of": pa.array(as_of).cast(pa.timestamp("us", "UTC")),
        }
    )
    owners = {(a.entity, a.name) for a in profile_dataset(dataset).attributes}
    fit = [_attribute_sql(rule) for rule in scorer.card.fit.rules]
    engagement = [_event_sql(rule) for rule in scorer.card.engagement.rules]
    names = sorted({str(rule.attribute) for rule in scorer.card.fit.rules})
    joins = "\n".join(_version_join(name, owners) for name in names)
    values = ", ".join(f"v_{name}.value AS {name}" for name in names)
    kinds = ", ".join(f"'{kind}'" for rule in scorer.card.engagement.rules for kind in rule.kinds)
    sql = f"""
        WITH person AS (
            SELECT rows.row, rows.as_of, rows.lead_id, leads.account_id FROM rows JOIN leads USING (lead_id)
        ), known AS (
            SELECT person.row, {values} FROM person {joins}
        ), did AS (
            SELECT person.row, {", ".join(f"{sql} AS e{i}" for i, sql in enumerate(engagement))}
            FROM person JOIN events ON events.lead_id = person.lead_id
                AND events.at < person.as_of AND events.known_at < person.as_of
                AND events.at >= person.as_of - INTERVAL 90 DAY AND events.kind IN ({kinds})
            GROUP BY person.row
        )
        SELECT least({" + ".join(fit)} + {" + ".join(f"coalesce(e{i}, 0)" for i in range(len(engagement)))},
                     {scorer.card.cap}) AS total
        FROM known LEFT JOIN did USING (row) ORDER BY row"""
    with dataset._connect() as connection:
        connection.execute("SET threads = 2")
        connection.register("rows", rows)
        return connection.execute(sql).fetchnumpy()["total"].astype(np.int64)


def _version_join(name: str, owners: set[tuple[str, str]]) -> str:
    entity = "lead" if ("lead", name) in owners else "account"
    return f"""ASOF LEFT JOIN (
        SELECT entity_id, known_at, value FROM attributes WHERE entity = '{entity}' AND name = '{name}'
    ) v_{name} ON v_{name}.entity_id = person.{entity}_id AND v_{name}.known_at < person.as_of"""


def _attribute_sql(rule: Rule) -> str:
    column = f"known.{rule.attribute}"
    if rule.between is not None:
        low, high = rule.between
        test = f"TRY_CAST({column} AS DOUBLE) BETWEEN {low} AND {high}"
    elif rule.contains is not None:
        test = f"regexp_matches({column}, '(?i)\\b({'|'.join(rule.contains)})\\b')"
    else:
        texts = ", ".join(f"'{text.casefold()}'" for text in rule.texts)
        test = f"lower(trim({column})) IN ({texts})"
    return f"CASE WHEN {test} THEN {rule.points} ELSE 0 END"


def _event_sql(rule: Rule) -> str:
    kinds = ", ".join(f"'{kind}'" for kind in rule.kinds)
    days = rule.span // 86_400_000_000
    chosen = f"events.kind IN ({kinds}) AND events.at >= person.as_of - INTERVAL {days} DAY"
    count = f"count(*) FILTER (WHERE {chosen})"
    # A window from before its kind was observed is unknown unless the lead came later; all leads here did.
    if rule.each:
        return f"least({count} * {rule.points}, {rule.cap or 10**9})"
    return f"CASE WHEN {count} >= {rule.at_least or 1} THEN {rule.points} ELSE 0 END"


if __name__ == "__main__":
    main()
