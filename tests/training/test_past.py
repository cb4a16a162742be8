"""A dataset as it stood at a moment: nothing later, nothing lost, and still a dataset."""

from __future__ import annotations

import pytest

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, format_moment
from features.facts.schema import TABLES
from features.simulation import import_simulated
from training.past import facts_before

STAMP = {
    "leads": "created_at",
    "attributes": "known_at",
    "events": "known_at",
    "opportunities": "created_at",
    "verdicts": '"at"',
}


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Return a market in which every third event became known a week after it happened."""
    folder = tmp_path_factory.mktemp("past")
    made = import_simulated(400, 3, folder / "made")
    late = """SELECT * REPLACE (CASE WHEN hash(event_id) % 3 = 0 THEN known_at + INTERVAL 7 DAY ELSE known_at END
        AS known_at) FROM events"""
    with Staging() as staging:
        for name in TABLES:
            staging.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{made.file(name)}')")
            rows = f"({late})" if name == "events" else name
            staging.stage(name, f"SELECT *, 'made' AS _source, row_number() OVER () AS _row FROM {rows}")
        source = Source("late news", "test", 1, format_moment(made.observed_until + 7 * DAY))
        return publish(staging, source, folder / "data")


@pytest.fixture(scope="module")
def moment(market):
    """Return the moment at which one of the events became known: it is not known before it."""
    middle = market.observed_until - 200 * DAY
    return market.rows(
        f'SELECT min(epoch_us(known_at)) FROM events WHERE known_at > "at" AND epoch_us("at") > {middle}'
    )[0][0]


@pytest.fixture(scope="module")
def past(market, moment, tmp_path_factory):
    return facts_before(market, moment, tmp_path_factory.mktemp("past") / "then")


@pytest.mark.parametrize("table", TABLES)
def test_each_table_holds_what_was_known_by_then(market, past, moment, table):
    stamp = STAMP[table]
    then = f"epoch_us({stamp}) < {moment}"
    assert past.rows(f"SELECT count(*) FROM {table} WHERE NOT ({then})") == [(0,)]
    wanted = market.rows(f"SELECT count(*) FROM {table} WHERE {then}")[0][0]
    assert past.manifest.counts[table] == past.rows(f"SELECT count(*) FROM {table}")[0][0] == wanted > 0
    assert wanted < market.manifest.counts[table]
    assert past.arrow(table).column_names == market.arrow(table).column_names


def test_rows_keep_their_order(market, past, moment):
    cut = market.rows(f"SELECT lead_id FROM leads WHERE epoch_us(created_at) < {moment}")
    assert past.rows("SELECT lead_id FROM leads") == cut


def test_what_was_closed_later_was_open(market, past, moment):
    later = f"created_at < make_timestamptz({moment}) AND closed_at >= make_timestamptz({moment})"
    ids = [row[0] for row in market.rows(f"SELECT opportunity_id FROM opportunities WHERE {later}")]
    assert ids
    found = past.rows(
        "SELECT count(*), count(closed_at), count(won) FROM opportunities WHERE list_contains(?, opportunity_id)",
        [ids],
    )
    assert found == [(len(ids), 0, 0)]
    closed = "SELECT count(*) FROM opportunities WHERE won IS NOT NULL"
    assert 0 < past.rows(closed)[0][0] < market.rows(closed)[0][0]


def test_observation_ends_then_and_never_later_than_it_did(market, past, moment, tmp_path):
    assert past.manifest.observed_until == format_moment(moment)
    beyond = facts_before(market, market.observed_until + DAY, tmp_path / "all")
    assert beyond.manifest.observed_until == market.manifest.observed_until
    assert sorted(path.name for path in past.path.iterdir()) == sorted(f"{name}.parquet" for name in TABLES)
