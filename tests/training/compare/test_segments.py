"""What leads are sorted by."""

from __future__ import annotations

from dataclasses import replace

from features.language import profile_dataset
from training.compare.segments import segment_features


def test_categories_with_few_values_and_the_first_channel_sort_leads(registered):
    profile = profile_dataset(registered.dataset)
    found = {feature.name: feature.label for feature in segment_features(profile).features}
    assert found["account_industry"] == "account's industry"
    assert found["first_channel"] == "channel of the first touch"
    assert "lead_title" not in found, "313 titles sort nobody"
    assert "account_employees" not in found, "a number is no category"


def test_what_a_leak_guard_left_out_sorts_nobody(registered):
    profile = profile_dataset(registered.dataset)
    found = segment_features(profile, frozenset({"lead.lead_source", *(f"events.{k}" for k in profile.kinds)}))
    assert {"lead_lead_source", "first_channel"}.isdisjoint(found.names)
    assert "account_industry" in found.names


def test_without_channels_there_is_no_first_one(registered):
    profile = replace(profile_dataset(registered.dataset), channels=())
    assert "first_channel" not in segment_features(profile).names
