"""Forms, e-mail events and engagements of a HubSpot export. Page visits are in none: only totals are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.export_people import emails
from features.simulation.export_text import chosen, flags, texts
from features.simulation.hubspot_people import contact_ids_at
from features.simulation.hubspot_text import EMPTY, floored, hubspot_ids, ids, moments, words
from features.simulation.parameters import DAYS, KINDS
from features.simulation.tables import call_seconds

if TYPE_CHECKING:
    from features.simulation.hubspot_people import Identities
    from features.simulation.market import Market

#: Title of the form that each kind is sent by.
FORMS = {
    "content_download": "Whitepaper: Planning guide",
    "form_submit": "Newsletter",
    "demo_request": "Request a demo",
    "webinar": "Webinar registration",
    "trade_show": "Trade show scan",
}
_SALES = ("call", "email", "meeting")
_OPEN_TASKS, _DONE_TASKS, _PLANNED = 0.05, 0.05, 0.02
_BOTS, _STRANGERS = 0.02, 0.01


def form_table(market: Market, selves: Identities) -> pa.Table:
    """form_submissions.csv."""
    lead, kind, at = _rows(market, tuple(FORMS))
    form = np.searchsorted(np.sort(_codes(tuple(FORMS))), kind)
    names = [KINDS[code] for code in np.sort(_codes(tuple(FORMS)))]
    count = len(lead)
    return pa.table(
        {
            "contact_id": pa.array(contact_ids_at(selves, lead, at)).cast(pa.string()),
            "form_id": chosen(tuple(f"f{number}a7-{name}" for number, name in enumerate(names)), form),
            "timestamp": moments(at),
            "page_url": words("https://www.seller.example/form", count),
            "title": chosen(tuple(FORMS[name] for name in names), form),
            "conversion_id": pc.binary_join_element_wise(
                "conv", pa.array(np.arange(count)).cast(pa.string()), "-"
            ),
        }
    )


def _codes(names: tuple[str, ...]) -> np.ndarray:
    return np.array([KINDS.index(name) for name in names])


def _rows(market: Market, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept = np.flatnonzero(np.isin(market.events.kind, _codes(names)))
    return market.events.lead[kept], market.events.kind[kept], market.events.at[kept]


def email_table(market: Market, selves: Identities) -> pa.Table:
    """email_events.csv: opens and clicks of people, sending before them, and openings by machines.

    The recipient is the address that the contact had at the time.
    """
    generator = np.random.default_rng([market.seed, 25])
    kept = np.flatnonzero(np.isin(market.events.kind, _codes(("email_open", "email_click"))))
    lead, kind, at = (column[kept] for column in market.events)
    opened = kind == KINDS.index("email_open")
    sent = floored(np.maximum(at - generator.exponential(0.2, len(at)) - 0.01, 0.0))
    bots = opened & (generator.random(len(at)) < _BOTS)
    parts = (
        (np.where(opened, "OPEN", "CLICK"), np.ones(len(at), dtype=bool), at, False),
        (np.full(len(at), "SENT"), opened, sent, False),
        (np.full(len(at), "PROCESSED"), opened, sent, False),
        (np.full(len(at), "OPEN"), bots, floored(sent + 0.0001), True),
    )
    names, who, when, machine, campaign = [], [], [], [], []
    for name, chosen_rows, moment, is_machine in parts:
        names.append(name[chosen_rows])
        who.append(lead[chosen_rows])
        when.append(moment[chosen_rows])
        machine.append(np.full(int(chosen_rows.sum()), is_machine))
        campaign.append(market.campaign[kept][chosen_rows])
    everybody, moment = np.concatenate(who), np.concatenate(when)
    count = len(moment)
    address = np.where(moment < selves.moved_at[everybody], selves.former[everybody], emails(market)[everybody])
    same = ~np.isfinite(selves.moved_at[everybody])
    address = np.where(same, emails(market)[everybody], address)
    table = pa.table(
        {
            "id": pc.binary_join_element_wise("e", pa.array(np.arange(count)).cast(pa.string()), "-"),
            "type": pa.array(np.concatenate(names)),
            "created": moments(moment),
            "recipient": texts(address),
            "email_campaign_id": pa.array(200_000_000 + 7 * np.concatenate(campaign).astype(np.int64)).cast(
                pa.string()
            ),
            "filtered_event": flags(np.concatenate(machine)),
        }
    )
    return pa.concat_tables([table, _strangers(table, generator)])


def _strangers(table: pa.Table, generator: np.random.Generator) -> pa.Table:
    """E-mail to addresses that no contact has any more."""
    rows = np.flatnonzero(generator.random(table.num_rows) < _STRANGERS)
    copy = table.take(pa.array(rows))
    copy = copy.set_column(0, "id", pc.binary_join_element_wise("gone", copy["id"], "-"))
    return copy.set_column(3, "recipient", pc.binary_join_element_wise("gone", copy["recipient"], "."))


def engagement_tables(market: Market, selves: Identities) -> dict[str, pa.Table]:
    """engagements.csv and engagement_contact.csv: sales' work, tasks with due dates, meetings still to come."""
    generator = np.random.default_rng([market.seed, 26])
    kept = np.flatnonzero(np.isin(market.events.kind, _codes(_SALES)))
    lead, kind, at = (column[kept] for column in market.events)
    ahead = np.where(kind == KINDS.index("meeting"), generator.integers(1, 8, len(at)), 0)
    seconds = call_seconds(market).take(pa.array(kept)).to_numpy(zero_copy_only=False)
    accepted = np.flatnonzero(market.look["accepted"].to_numpy() & (market.look["at"].to_numpy() < DAYS))
    fate = generator.random(len(accepted))
    since = market.look["at"].to_numpy()[accepted]
    planned = floored(generator.uniform(since, DAYS))
    later = floored(DAYS + generator.uniform(1.0, 60.0, len(accepted)))
    open_, done = fate < _OPEN_TASKS, (fate >= 0.5) & (fate < 0.5 + _DONE_TASKS)
    coming = fate > 1 - _PLANNED
    nobody = np.full(len(accepted), np.nan)
    parts = [
        (
            lead,
            np.array([name.upper() for name in KINDS])[kind],
            at,
            np.maximum(at - ahead, since_of(market, lead)),
        ),
        (accepted[open_], "TASK", later[open_], planned[open_]),
        (accepted[done], "TASK", later[done], planned[done]),
        (accepted[coming], "MEETING", later[coming], planned[coming]),
    ]
    status = ["", "NOT_STARTED", "COMPLETED", "SCHEDULED"]
    ended = [np.full(len(at), np.nan), nobody[open_], planned[done], nobody[coming]]
    who = np.concatenate([part[0] for part in parts])
    when = np.concatenate([part[2] for part in parts])
    count = len(who)
    kinds = np.concatenate([np.broadcast_to(part[1], part[0].shape) for part in parts])
    made = np.concatenate([part[3] for part in parts])
    state = np.repeat(status, [len(part[0]) for part in parts])
    length = np.concatenate([seconds, np.full(count - len(at), np.nan)]) * 1000
    number = ids("engagement", np.arange(count))
    return {
        "engagements": pa.table(
            {
                "id": number,
                "type": pa.array(kinds.astype(str)),
                "timestamp": moments(when),
                "createdate": moments(made),
                "status": texts(state),
                "completion_date": moments(np.concatenate(ended)),
                "duration": pc.if_else(pa.array(~np.isnan(length)), _rounded(length), EMPTY),
            }
        ),
        "engagement_contact": pa.table(
            {"engagement_id": number, "contact_id": pa.array(contact_ids_at(selves, who, made)).cast(pa.string())}
        ),
    }


def since_of(market: Market, lead: np.ndarray) -> np.ndarray:
    """Creation of leads: nothing is planned before."""
    return market.people.created[lead]


def _rounded(values: np.ndarray) -> pa.Array:
    return pa.array(np.nan_to_num(values).astype(np.int64)).cast(pa.string())


def deal_contact_ids(selves: Identities, lead: np.ndarray) -> np.ndarray:
    """Ids that deals name their contacts by: of a merged one, every fourth time still the old id."""
    other = selves.merged[lead] & (lead % 4 == 0)
    return hubspot_ids("contact", np.where(other, selves.loser[lead], lead))
