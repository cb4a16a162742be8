"""Activities of a Marketo export: the market's events and all that Marketo writes down beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation import marketo_types as types
from features.simulation.behaviour import to_microseconds
from features.simulation.marketo_strangers import whole_seconds
from features.simulation.parameters import DAYS, KINDS
from features.simulation.tables import call_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from features.simulation.export_conversions import Conversions
    from features.simulation.market import Market
    from features.simulation.marketo_strangers import Strangers

#: What each of the market's kinds is in Marketo: its type, and the asset that it was done to.
AS_MARKETO: dict[str, tuple[int, str]] = {
    "web_visit": (types.VISIT, "www.example.com/product"),
    "pricing_page_visit": (types.VISIT, "www.example.com/pricing"),
    "content_download": (types.FORM, "Download"),
    "form_submit": (types.FORM, "Contact"),
    "demo_request": (types.FORM, "Demo Request"),
    "email_open": (types.OPEN, "Newsletter"),
    "email_click": (types.CLICK, "Newsletter"),
    "webinar": (types.WEBINAR, "Webinar"),
    "trade_show": (types.TRADE_SHOW, "Trade Show"),
    "call": (types.CALL, "Call"),
    "email": (types.SALES_EMAIL, "Follow-up"),
    "meeting": (types.MEETING, "Meeting"),
}
#: How Marketo's log calls the fields, as people see them and not as the lead files do.
_SHOWN = {
    "Title": "Job Title",
    "Industry": "Industry",
    "NumberOfEmployees": "Num Employees",
    "AnnualRevenue": "Annual Revenue",
    "Status": "Lead Status",
}
_ADDED_IN_CRM, _WITHOUT_ROLE = 0.95, 0.003
_EMPTY = pa.scalar(None, pa.string())


def marketo_activities(
    market: Market, conversions: Conversions, changes: pd.DataFrame, strangers: Strangers
) -> pa.Table:
    """Return lead, type, at (market days), asset, attributes (JSON), asset_id of every activity, in time order."""
    parts = [
        _events(market, strangers),
        _mailings(market, strangers),
        _scores(market, strangers),
        _changes(changes, strangers),
        _births(market, strangers),
        _merges(strangers),
        _strange_visits(market, strangers),
        _sales(market, conversions, strangers),
    ]
    table = pa.concat_tables(parts)
    table = table.filter(pc.less(table["at"], float(DAYS)))
    asset = table["asset"].combine_chunks().dictionary_encode()
    table = table.append_column("asset_id", pc.add(pc.multiply(asset.indices, 3), 1000))
    return table.take(pc.sort_indices(table, [("at", "ascending"), ("lead", "ascending"), ("type", "ascending")]))


def activity_rows(table: pa.Table, first: int) -> pa.Table:
    """Bring activities to the columns of a bulk extract, ``marketoGUID`` counting from ``first``."""
    count = table.num_rows
    seconds = pc.cast(pc.divide(to_micro(table["at"]), 1_000_000), pa.int64())
    text = pc.strftime(seconds.cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ")
    return pa.table(
        {
            "marketoGUID": pa.array(np.arange(first, first + count)).cast(pa.string()),
            "leadId": table["lead"],
            "activityDate": text,
            "activityTypeId": table["type"],
            "campaignId": pa.nulls(count, pa.string()),
            "primaryAttributeValueId": table["asset_id"],
            "primaryAttributeValue": table["asset"],
            "attributes": table["attributes"],
        }
    )


def to_micro(moment: pa.ChunkedArray) -> pa.Array:
    """Microseconds since 1970 of moments in market days."""
    return pa.array(to_microseconds(moment.to_numpy()))


def _part(
    lead: np.ndarray, kind: int | np.ndarray, at: np.ndarray, asset: pa.Array | str | None, attributes: pa.Array
) -> pa.Table:
    count = len(lead)
    if asset is None or isinstance(asset, str):
        asset = pa.repeat(pa.scalar(asset, pa.string()), count)
    return pa.table(
        {
            "lead": pa.array(np.asarray(lead, dtype=np.int64)),
            "type": pa.array(np.broadcast_to(np.asarray(kind, dtype=np.int32), count)),
            "at": pa.array(whole_seconds(np.asarray(at, dtype=np.float64))),
            "asset": asset,
            "attributes": attributes.cast(pa.string()),
        }
    )


def _nothing(count: int) -> pa.Array:
    return pa.repeat(_EMPTY, count)


def _json(count: int, **values: pa.Array | str) -> pa.Array:
    """JSON objects, one a row; underscores of the names are blanks, and nulls are empty texts."""
    pieces: list[pa.Array | str] = []
    for number, (name, value) in enumerate(values.items()):
        pieces += [("{" if number == 0 else ",") + f'"{name.replace("_", " ")}":"', value, '"']
    whole = [pa.repeat(pa.scalar(p), count) if isinstance(p, str) else pc.fill_null(p, "") for p in pieces]
    return pc.binary_join_element_wise(*whole, pa.repeat(pa.scalar("}"), count), "")


def _events(market: Market, strangers: Strangers) -> pa.Table:
    lead, kind, at = market.events
    number = np.array([AS_MARKETO[name][0] for name in KINDS])[kind]
    assets = pa.array([AS_MARKETO[name][1] for name in KINDS]).take(pa.array(kind))
    campaign = np.asarray(market.campaign)
    names = pa.array(market.campaigns["name"].tolist()).take(pa.array(campaign, mask=campaign < 0))
    assets = pc.coalesce(names, assets)
    # A demo request is told by its form, whichever month's campaign it belongs to.
    demo = pa.array(kind == KINDS.index("demo_request"))
    assets = pc.if_else(demo, AS_MARKETO["demo_request"][1], assets)
    seconds = call_seconds(market)
    attributes = pc.if_else(
        pa.array(number == types.VISIT),
        pc.binary_join_element_wise('{"Webpage URL":"/', assets, '","Client IP Address":"203.0.113.7"}', ""),
        pc.binary_join_element_wise('{"Seconds":', seconds.cast(pa.int64()).cast(pa.string()), "}", ""),
    )
    # What a visitor did in another browser was recorded under the twin, until the two were merged.
    elsewhere = (kind + lead) % 2 == 0
    return _part(strangers.id_at(lead, at, elsewhere), number, at, assets, attributes)


def _mailings(market: Market, strangers: Strangers) -> pa.Table:
    """Build what was sent and delivered before each open; a few bounce or unsubscribe."""
    lead, kind, at = market.events
    rows = np.flatnonzero(kind == KINDS.index("email_open"))
    names = pa.array(market.campaigns["name"].tolist()).take(pa.array(np.asarray(market.campaign)[rows]))
    ids, sent = strangers.lead_ids[lead[rows]], np.maximum(at[rows] - 0.1, market.people.created[lead[rows]])
    leaving = rows % 211 == 0
    run = _json(len(rows), Campaign_Run_ID="77")
    late = np.flatnonzero(leaving)
    bounced = np.flatnonzero(rows % 307 == 0)
    return pa.concat_tables(
        [
            _part(ids, types.SEND, sent, names, run),
            _part(ids, types.DELIVERED, sent, names, run),
            _part(ids[late], types.UNSUBSCRIBE, at[rows][late], names.take(pa.array(late)), _nothing(len(late))),
            _part(
                ids[bounced],
                types.BOUNCED,
                sent[bounced],
                names.take(pa.array(bounced)),
                _json(len(bounced), Category="3"),
            ),
        ]
    )


def _scores(market: Market, strangers: Strangers) -> pa.Table:
    """Build points for each form and each webinar, as a tenant's rules would have given them."""
    lead, kind, at = market.events
    rows = np.flatnonzero(np.isin(kind, [KINDS.index("form_submit"), KINDS.index("webinar")]))
    count = len(rows)
    values = _json(count, New_Value="20", Old_Value="0", Reason="agreed points")
    return _part(strangers.lead_ids[lead[rows]], types.CHANGE_SCORE, at[rows], "Lead Score", values)


def _changes(changes: pd.DataFrame, strangers: Strangers) -> pa.Table:
    rows = changes[changes["field"].isin(list(_SHOWN))]
    shown = pa.array(rows["field"].map(_SHOWN).tolist(), pa.string())
    values = _json(
        len(rows),
        New_Value=_quoted(rows["new"]),
        Old_Value=_quoted(rows["old"]),
        Reason="Data enrichment",
    )
    at = rows["moment"].to_numpy()
    return _part(strangers.lead_ids[rows["lead"].to_numpy()], types.CHANGE_VALUE, at, shown, values)


def _quoted(values: Iterable[object]) -> pa.Array:
    return pc.replace_substring(pa.array([str(value) for value in values], pa.string()), '"', '\\"')


def _births(market: Market, strangers: Strangers) -> pa.Table:
    ids = np.concatenate([strangers.lead_ids, strangers.twin_ids, strangers.deleted_ids])
    at = np.concatenate([market.people.created, strangers.twin_created, strangers.deleted_created])
    return _part(ids, types.NEW_LEAD, at, None, _json(len(ids), Source_Type="Web form"))


def _merges(strangers: Strangers) -> pa.Table:
    winner = strangers.lead_ids[strangers.survivor]
    losers = pa.array([f"[{number}]" for number in strangers.twin_ids], pa.string())
    values = _json(len(winner), Merge_IDs=losers, Merge_Source="Merge API")
    return _part(winner, types.MERGE, strangers.merged, None, values)


def _strange_visits(market: Market, strangers: Strangers) -> pa.Table:
    """Build visits of anonymous visitors and of leads deleted later, the deletions, and a type without a name."""
    ids = np.concatenate([strangers.anonymous_ids, strangers.deleted_ids])
    at = np.concatenate([strangers.anonymous_created, strangers.deleted_created])
    odd = np.flatnonzero(np.arange(len(market.lead_ids)) % 50 == 0)
    odd_at = np.minimum(market.people.created[odd] + 1.0, DAYS - 0.5)
    gone = strangers.deleted_ids
    return pa.concat_tables(
        [
            _part(ids, types.VISIT, at, "www.example.com/product", _nothing(len(ids))),
            _part(gone, types.FORM, strangers.deleted_created, "Contact", _nothing(len(gone))),
            _part(gone, types.DELETE_LEAD, strangers.deleted, None, _json(len(gone), Reason="Data hygiene")),
            _part(strangers.lead_ids[odd], types.UNKNOWN_TYPE, odd_at, None, _nothing(len(odd))),
        ]
    )


def _sales(market: Market, conversions: Conversions, strangers: Strangers) -> pa.Table:
    """Conversions, and leads added to opportunities; the two and the roles do not quite agree."""
    generator = np.random.default_rng([market.seed, 22])
    count = len(market.lead_ids)
    turned = np.flatnonzero(conversions.converted)
    chance = generator.random(count)
    added = np.flatnonzero(np.isfinite(market.opportunity) & (chance < _ADDED_IN_CRM))
    # The CRM deleted these opportunities again; the activity stays.
    ghosts = np.flatnonzero(~np.isfinite(market.opportunity) & (chance < _WITHOUT_ROLE))
    ghost_at = np.minimum(market.people.created[ghosts] + 20.0, DAYS - 0.5)
    lead = np.concatenate([added, ghosts])
    at = np.concatenate([market.opportunity[added], ghost_at])
    role = _json(len(lead), Role="Decision Maker", Is_Primary="true")
    return pa.concat_tables(
        [
            _part(
                strangers.lead_ids[turned],
                types.CONVERT,
                conversions.moment[turned],
                None,
                _nothing(len(turned)),
            ),
            _part(strangers.lead_ids[lead], types.ADD_TO_OPPORTUNITY, at, None, role),
        ]
    )
