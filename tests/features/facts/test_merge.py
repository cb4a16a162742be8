"""Merging exports: nothing twice, no version lost, and the order of importing makes no difference."""

from __future__ import annotations

import shutil
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.errors import DatasetError
from features.facts import Dataset
from tests.features.facts.rows import GOOD, good, put, rejected_file

MARCH, JUNE, SEPTEMBER = "2025-03-31T00:00:00Z", "2025-06-30T00:00:00Z", "2025-09-30T00:00:00Z"
LEAD, EVENT, TITLE, DEAL = (GOOD[name] for name in ("leads", "events", "attributes", "opportunities"))


def title(value, known_at="2025-01-01T00:00:00Z", lead="L1"):
    return TITLE | {"value": value, "known_at": known_at, "entity_id": lead}


def export(**tables):
    return {"leads": [LEAD], "attributes": [], "events": [EVENT]} | tables


def merge(folder, *exports, current=("title",)):
    """Import exports, each (until, rows), one into the other."""
    for until, rows in exports:
        dataset, _ = put(folder, rows, until=until, merge=True, current_only=current)
    return dataset


def titles(dataset, lead="L1"):
    query = f"""SELECT value, strftime(known_at, '%Y-%m-%d') FROM attributes
    WHERE name = 'title' AND entity_id = '{lead}' ORDER BY known_at"""
    return dataset.rows(query)


def merged_notes(dataset):
    return [note for note in dataset.manifest.notes if note.startswith("Merged: ")]


def test_merging_where_there_is_no_dataset_is_a_plain_import(tmp_path):
    plain, _ = put(tmp_path / "plain", good())
    merged, _ = put(tmp_path / "merged", good(), merge=True)
    assert plain.manifest == merged.manifest


def test_the_same_export_twice_is_the_same_dataset(tmp_path):
    bad = EVENT | {"kind": None}
    same = [title("VP"), title("VP", "2025-02-01T00:00:00Z")]  # a version that changes nothing stays as it came
    rows = good(events=[EVENT, bad], attributes=same)
    first, _ = put(tmp_path / "data", rows)
    again, _ = put(tmp_path / "data", rows, merge=True)
    assert again.manifest == first.manifest
    assert len(titles(again)) == 2
    assert len(rejected_file(again, "events")) == 1


def test_events_are_united_and_the_later_export_is_believed(tmp_path):
    mended = EVENT | {"value": "3"}
    new = EVENT | {"event_id": "e2", "at": "2025-06-01T00:00:00Z", "known_at": "2025-06-01T00:00:00Z"}
    exports = [(MARCH, export()), (JUNE, export(events=[mended, new]))]
    for name, order in (("forward", exports), ("backward", exports[::-1])):
        dataset = merge(tmp_path / name, *order)
        assert dataset.rows("SELECT event_id, value FROM events ORDER BY 1") == [("e1", 3.0), ("e2", 2.5)]
        assert dataset.manifest.observed_until == JUNE
        assert dataset.manifest.extracted_at == JUNE
        assert merged_notes(dataset) == [
            f"Merged: events that the export of {JUNE} tells otherwise: 1; it is believed."
        ]
    # What was noted of a merge is still there after the next.
    assert merge(tmp_path / "forward", exports[1]).manifest.notes == dataset.manifest.notes


def test_leads_keep_what_a_later_export_lacks(tmp_path):
    gone = LEAD | {"lead_id": "L2"}
    moved = LEAD | {"account_id": "bolt", "created_at": "2025-01-05"}
    dataset = merge(
        tmp_path / "data",
        (MARCH, export(leads=[LEAD | {"account_id": "acme"}, gone], events=[EVENT | {"lead_id": "L2"}])),
        (JUNE, export(leads=[moved], events=[])),
    )
    found = dataset.rows("SELECT lead_id, account_id, strftime(created_at, '%m-%d') FROM leads ORDER BY 1")
    assert found == [("L1", "bolt", "01-01"), ("L2", "acme", "01-01")]
    assert dataset.manifest.counts["events"] == 1
    assert f"Merged: leads that the export of {JUNE} no longer holds: 1; they stay." in dataset.manifest.notes


def test_an_opportunity_is_won_in_time_and_an_older_export_does_not_undo_it(tmp_path):
    opened = DEAL | {"closed_at": None, "won": None, "amount": None}
    won = DEAL | {"closed_at": "2025-04-01", "won": "true", "amount": "70"}
    exports = [(MARCH, export(opportunities=[opened])), (JUNE, export(opportunities=[won]))]
    for name, order in (("forward", exports), ("backward", exports[::-1])):
        dataset = merge(tmp_path / name, *order)
        assert dataset.rows("SELECT opportunity_id, amount, won FROM opportunities") == [("o1", 70.0, True)]


def test_an_opportunity_that_came_to_be_of_two_leads_is_there_once_for_each(tmp_path):
    leads = [LEAD, LEAD | {"lead_id": "L2"}]
    deal = DEAL | {"closed_at": None}
    alone, of_account = deal, deal | {"lead_id": None}
    shared = [deal | {"opportunity_id": f"o1:{lead}", "lead_id": lead} for lead in ("L1", "L2")]
    for number, pair in enumerate([([alone], shared), (shared, [alone]), ([of_account], shared)]):
        march, june = (export(leads=leads, opportunities=rows) for rows in pair)
        dataset = merge(tmp_path / str(number), (MARCH, march), (JUNE, june))
        assert dataset.rows("SELECT lead_id FROM opportunities ORDER BY 1") == [("L1",), ("L2",)]


def test_verdicts_are_united(tmp_path):
    first = {"lead_id": "L1", "at": "2025-01-02T00:00:00Z", "verdict": "accepted", "reason": None}
    later = [first | {"verdict": "rejected"}, first | {"at": "2025-05-02T00:00:00Z"}]
    dataset = merge(tmp_path / "data", (MARCH, export(verdicts=[first])), (JUNE, export(verdicts=later)))
    assert dataset.rows('SELECT verdict FROM verdicts ORDER BY "at"') == [("rejected",), ("accepted",)]


FIRST = ("VP", "2025-01-01")


@pytest.mark.parametrize(
    ("march", "june", "expected"),
    [
        pytest.param([title("VP")], [title("VP")], [FIRST], id="unchanged"),
        pytest.param([title("VP")], [title("CEO")], [FIRST, ("CEO", "2025-06-30")], id="changed"),
        pytest.param([title("VP")], [], [FIRST, (None, "2025-06-30")], id="cleared"),
        pytest.param([], [title("CEO")], [("CEO", "2025-06-30")], id="filled in later"),
        pytest.param([], [], [], id="never there"),
    ],
)
def test_two_exports_without_history_make_a_history(tmp_path, march, june, expected):
    exports = [(MARCH, export(attributes=march)), (JUNE, export(attributes=june))]
    for name, order in (("forward", exports), ("backward", exports[::-1])):
        dataset = merge(tmp_path / name, *order)
        assert titles(dataset) == expected
        assert dataset.manifest.current_only == ["title"]
        assert dataset.manifest.history_from == {"title": MARCH}
        assert dataset.manifest.exports == [MARCH, JUNE]


def test_an_export_between_two_others_is_a_version_and_so_is_the_one_after_it(tmp_path):
    exports = [(until, export(attributes=[title(value)])) for until, value in ((MARCH, "VP"), (SEPTEMBER, "VP"))]
    between = (JUNE, export(attributes=[title("CEO")]))
    expected = [FIRST, ("CEO", "2025-06-30"), ("VP", "2025-09-30")]
    assert titles(merge(tmp_path / "a", *exports, between)) == expected
    assert titles(merge(tmp_path / "b", exports[0], between, exports[1])) == expected


def test_a_lead_new_in_the_later_export_has_its_values_from_its_creation(tmp_path):
    new = LEAD | {"lead_id": "L2", "created_at": "2025-05-01T00:00:00Z"}
    later = export(leads=[LEAD, new], attributes=[title("CEO", "2025-05-01T00:00:00Z", "L2"), title("VP")])
    dataset = merge(tmp_path / "data", (MARCH, export(attributes=[title("VP")])), (JUNE, later))
    assert titles(dataset, "L2") == [("CEO", "2025-05-01")]


def test_dated_versions_are_united_and_the_first_to_tell_is_believed(tmp_path):
    # The later export's history was cut off: it takes the value at creation from the first change it still has.
    march = [title("Engineer"), title("VP", "2025-02-01T00:00:00Z")]
    june = [title("VP"), title("CEO", "2025-05-01T00:00:00Z")]
    dataset = merge(
        tmp_path / "data", (MARCH, export(attributes=march)), (JUNE, export(attributes=june)), current=()
    )
    assert titles(dataset) == [("Engineer", "2025-01-01"), ("VP", "2025-02-01"), ("CEO", "2025-05-01")]
    assert "tells otherwise for one moment: 1;" in merged_notes(dataset)[0]
    assert dataset.manifest.current_only == []


def test_a_value_told_otherwise_is_not_lost(tmp_path):
    exports = (MARCH, export(attributes=[title("VP")])), (JUNE, export(attributes=[title("CEO")]))
    assert titles(merge(tmp_path / "data", *exports, current=())) == [FIRST, ("CEO", "2025-06-30")]


def test_an_unchanged_value_is_no_new_version(tmp_path):
    june = [title("VP", "2025-02-01T00:00:00Z"), title("CEO", "2025-05-01T00:00:00Z")]
    exports = (MARCH, export(attributes=[title("VP")])), (JUNE, export(attributes=june))
    assert titles(merge(tmp_path / "data", *exports, current=())) == [FIRST, ("CEO", "2025-05-01")]


def test_history_that_comes_with_a_later_export_stands(tmp_path):
    put(tmp_path / "data", export(attributes=[title("VP")]), until=MARCH, current_only=("title",))
    june = [title("Engineer"), title("VP", "2025-02-01T00:00:00Z")]
    dataset, _ = put(tmp_path / "data", export(attributes=june), until=JUNE, merge=True)
    assert titles(dataset) == [("Engineer", "2025-01-01"), ("VP", "2025-02-01")]
    assert dataset.manifest.current_only == []


def test_values_of_an_account_that_no_lead_has_any_more_are_left_out_and_counted(tmp_path):
    of_account = TITLE | {"entity": "account", "entity_id": "acme", "name": "size"}
    deal = DEAL | {"lead_id": None, "closed_at": None}
    moved = export(leads=[LEAD | {"account_id": "bolt"}])
    dataset = merge(
        tmp_path / "data", (MARCH, export(attributes=[of_account], opportunities=[deal])), (JUNE, moved)
    )
    assert dataset.manifest.counts["attributes"] == dataset.manifest.counts["opportunities"] == 0
    assert [note.split(":")[1] for note in merged_notes(dataset)] == [
        " attributes of accounts that no lead belongs to any more",
        " opportunities of accounts that no lead belongs to any more",
    ]


def visits(*days):
    return [
        EVENT | {"event_id": f"e{day}", "at": f"{day}T00:00:00Z", "known_at": f"{day}T00:00:00Z"} for day in days
    ]


@pytest.mark.parametrize(
    ("june", "expected", "holes"),
    [
        (["2025-03-30", "2025-06-01"], "2025-02-01T00:00:00Z", 0),
        (["2025-04-02"], "2025-04-02T00:00:00Z", 1),
    ],
)
def test_observation_goes_back_as_far_as_the_periods_join(tmp_path, june, expected, holes):
    exports = [(MARCH, export(events=visits("2025-02-01"))), (JUNE, export(events=visits(*june)))]
    for name, order in (("forward", exports), ("backward", exports[::-1])):
        dataset = merge(tmp_path / name, *order)
        assert dataset.manifest.observed_from == {"visit": expected}
        assert dataset.manifest.counts["events"] == 1 + len(june), "the events before a hole stay"
        notes = [note for note in merged_notes(dataset) if "nothing is known from" in note]
        assert (
            notes
            == [
                f"Merged: nothing is known from {MARCH} on of visit to {expected}; each of these kinds counts as "
                "observed only from then on."
            ]
            * holes
        )


def test_a_kind_that_the_later_export_lacks_is_noted(tmp_path):
    dataset = merge(tmp_path / "data", (MARCH, export()), (JUNE, export(events=[])))
    assert dataset.manifest.observed_from == {"visit": "2025-02-01T00:00:00Z"}
    assert any("holds nothing of visit; if it did not" in note for note in merged_notes(dataset))


def test_rejected_and_left_out_rows_add_up(tmp_path):
    march, june = (export(events=[EVENT, EVENT | {"event_id": None, "channel": name}]) for name in ("a", "b"))
    dataset = merge(tmp_path / "data", (MARCH, march), (JUNE, june))
    assert dataset.manifest.rejected == {"events": 2}
    assert len(rejected_file(dataset, "events")) == 2
    assert merge(tmp_path / "data", (JUNE, june)).manifest.rejected == {"events": 2}


def test_rows_may_refer_to_leads_known_from_before(tmp_path):
    put(tmp_path / "data", export(), until=MARCH)
    second = LEAD | {"lead_id": "L2", "account_id": None}
    dataset, rejects = put(
        tmp_path / "data", export(leads=[second], events=visits("2025-05-01")), until=JUNE, merge=True
    )
    assert rejects == []
    assert dataset.rows("SELECT lead_id, count(*) FROM events GROUP BY 1") == [("L1", 2)]
    assert any("shares no lead with what was known before" in note for note in merged_notes(dataset))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"name": "another"}, "its source is 'by hand', and that of the import 'another'"),
        ({"importer": "tables"}, "its importer is 'test', and that of the import 'tables'"),
        ({"importer_version": 4}, "its importer_version is 3, and that of the import 4"),
        ({"undated": True}, "its source has no dates to tell what is later"),
    ],
)
def test_another_source_is_refused_and_the_dataset_left_alone(tmp_path, source, message):
    first, _ = put(tmp_path / "data", good())
    with pytest.raises(DatasetError, match=message) as caught:
        put(tmp_path / "data", good(events=[]), merge=True, **source)
    assert "without --merge" in caught.value.hint
    assert Dataset.open(tmp_path / "data").manifest == first.manifest


VALUES = st.sampled_from([None, "a", "b"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.tuples(VALUES, VALUES), min_size=3, max_size=3),
    order=st.permutations(range(3)),
    again=st.integers(0, 2),
)
@example(values=[("a", None), ("b", "a"), ("a", "a")], order=[0, 2, 1], again=1)
def test_exports_merge_to_the_same_facts_in_any_order(tmp_path, values, order, again):
    """Whatever the order, the value at each export is what that export said."""
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    leads = [LEAD, LEAD | {"lead_id": "L2"}]
    moments = (MARCH, JUNE, SEPTEMBER)
    exports = [
        (
            until,
            export(
                leads=leads,
                attributes=[title(v, lead=f"L{i}") for i, v in enumerate(pair, 1) if v is not None],
                events=visits("2025-02-01", until[:10]),
            ),
        )
        for until, pair in zip(moments, values, strict=True)
    ]
    dataset = merge(tmp_path / "data", *(exports[i] for i in order))
    for lead in (1, 2):
        for until, pair in zip(moments, values, strict=True):
            known = dataset.rows(
                f"""SELECT last(value ORDER BY known_at) FROM attributes WHERE entity_id = 'L{lead}'
                AND known_at <= TIMESTAMPTZ '{until}'"""
            )
            assert known == [(pair[lead - 1],)]
        seen = [value for value, _ in titles(dataset, f"L{lead}")]
        assert all(one != next_one for one, next_one in pairwise(seen)), "a version is a change"
    assert dataset.manifest.counts["events"] == 4
    assert dataset.manifest.exports == list(moments)
    assert merge(tmp_path / "data", exports[again]).manifest.digest == dataset.manifest.digest
