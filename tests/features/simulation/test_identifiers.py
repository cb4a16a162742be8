from __future__ import annotations

import numpy as np
import pytest

from features.simulation.identifiers import PREFIXES, _checksum, salesforce_ids


def test_checksum_follows_the_vendors_published_rule():
    # By hand: 'AbCdE' has capitals at 0, 2, 4 -> 1 + 4 + 16 = 21 -> 'V'; digits alone -> 0 -> 'A'.
    characters = np.frombuffer(b"AbCdE00000abcde", dtype=np.uint8).reshape(1, 15)

    assert bytes(_checksum(characters)[0]) == b"VAA"


@pytest.mark.parametrize("what", sorted(PREFIXES))
def test_ids_have_their_objects_prefix_are_distinct_and_rise(what):
    ids = salesforce_ids(what, 5000)

    assert all(value.startswith(PREFIXES[what]) and len(value) == 18 for value in ids.tolist())
    assert len(np.unique(ids)) == 5000
    assert (ids[:-1] < ids[1:]).all()


def test_numbering_can_go_on_from_where_it_stopped():
    assert salesforce_ids("task", 10)[7:].tolist() == salesforce_ids("task", 3, first=7).tolist()
