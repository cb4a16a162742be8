"""The request that a caller would send for a lead of a dataset: its facts as JSON-ready values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.errors import DatasetError
from features.facts.clock import format_moment

if TYPE_CHECKING:
    from collections.abc import Collection

    from features.facts import Dataset

_ISO = "strftime({}, '%Y-%m-%dT%H:%M:%S.%fZ')"


def request_for(
    dataset: Dataset, lead_id: str, as_of: int, attributes: Collection[tuple[str, str]]
) -> dict[str, Any]:
    """Return the body of a scoring request for one lead, with only what was known before ``as_of``.

    ``attributes`` names the (entity, name) pairs that the model knows; others would be refused.

    Raises
    ------
    DatasetError
        The dataset has no such lead.

    """
    found = dataset.rows(f"SELECT {_ISO.format('created_at')}, account_id FROM leads WHERE lead_id = ?", [lead_id])
    if not found:
        raise DatasetError(f"{dataset.path}: no lead {lead_id!r} in leads")
    created_at, account_id = found[0]
    body: dict[str, Any] = {
        "lead_id": lead_id,
        "created_at": created_at,
        "as_of": format_moment(as_of),
        "attributes": _attributes(dataset, "lead", lead_id, as_of, attributes),
        "events": _events(dataset, lead_id, as_of),
    }
    if account_id is not None:
        body["account_attributes"] = _attributes(dataset, "account", account_id, as_of, attributes)
        body["colleagues"] = _colleagues(dataset, lead_id, account_id, as_of, attributes)
        body["account_opportunities"] = _opportunities(dataset, account_id, as_of)
    return body


def _attributes(
    dataset: Dataset, entity: str, entity_id: str, as_of: int, wanted: Collection[tuple[str, str]]
) -> dict[str, Any]:
    rows = dataset.rows(
        f"""SELECT name, value, {_ISO.format("known_at")} FROM attributes
        WHERE entity = ? AND entity_id = ? AND epoch_us(known_at) < ? ORDER BY name, known_at""",
        [entity, entity_id, as_of],
    )
    versions: dict[str, Any] = {}
    for name, value, known_at in rows:
        if (entity, name) not in wanted:
            continue
        if name in dataset.manifest.current_only:
            # As a plain value: the source does not know whether it ever changed.
            versions[name] = value
        else:
            versions.setdefault(name, []).append({"value": value, "known_at": known_at})
    return versions


def _events(dataset: Dataset, lead_id: str, as_of: int) -> list[dict[str, Any]]:
    rows = dataset.rows(
        f"""SELECT event_id, kind, {_ISO.format('"at"')}, {_ISO.format("known_at")}, value, channel, campaign
        FROM events WHERE lead_id = ? AND epoch_us(known_at) < ? ORDER BY "at", event_id""",
        [lead_id, as_of],
    )
    return [
        {"event_id": event_id, "kind": kind, "at": at}
        | ({"known_at": known_at} if known_at != at else {})
        | ({"value": value} if value is not None else {})
        | ({"channel": channel} if channel is not None else {})
        | ({"campaign": campaign} if campaign is not None else {})
        for event_id, kind, at, known_at, value, channel, campaign in rows
    ]


def _colleagues(
    dataset: Dataset, lead_id: str, account_id: str, as_of: int, attributes: Collection[tuple[str, str]]
) -> list[dict[str, Any]]:
    rows = dataset.rows(
        f"""SELECT lead_id, {_ISO.format("created_at")} FROM leads
        WHERE account_id = ? AND lead_id <> ? AND epoch_us(created_at) < ? ORDER BY lead_id""",
        [account_id, lead_id, as_of],
    )
    return [
        {
            "lead_id": other,
            "created_at": created_at,
            "events": _events(dataset, other, as_of),
            "attributes": _attributes(dataset, "lead", other, as_of, attributes),
        }
        for other, created_at in rows
    ]


def _opportunities(dataset: Dataset, account_id: str, as_of: int) -> list[dict[str, Any]]:
    rows = dataset.rows(
        f"""SELECT opportunity_id, {_ISO.format("o.created_at")},
            CASE WHEN epoch_us(closed_at) < ? THEN {_ISO.format("closed_at")} END,
            CASE WHEN epoch_us(closed_at) < ? THEN won END
        FROM opportunities o LEFT JOIN leads l USING (lead_id)
        WHERE coalesce(o.account_id, l.account_id) = ? AND epoch_us(o.created_at) < ? ORDER BY 2, 1""",
        [as_of, as_of, account_id, as_of],
    )
    return [
        {"opportunity_id": opportunity_id, "created_at": created_at}
        | ({"closed_at": closed_at} if closed_at is not None else {})
        | ({"won": won} if won is not None else {})
        for opportunity_id, created_at, closed_at, won in rows
    ]
