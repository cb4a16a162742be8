"""What the simulated market is made of: every number of the truth, named, in one place that becomes JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from features.facts.clock import DAY, parse_moment

#: The market is watched for this many days, up to a fixed moment; day 0 starts at :data:`START`.
DAYS = 730
OBSERVED_UNTIL = "2026-07-01T00:00:00Z"
START = parse_moment(OBSERVED_UNTIL) - DAYS * DAY

#: The calendar goes on after the observed period, since a horizon may reach past it.
LONGEST_HORIZON_DAYS = 400
CALENDAR_DAYS = DAYS + LONGEST_HORIZON_DAYS + 2

#: What buyers do, then what sales does. A family shares one calendar: web, e-mail, webinar, trade show, sales.
BUYER_KINDS = (
    "web_visit",
    "pricing_page_visit",
    "content_download",
    "form_submit",
    "demo_request",
    "email_open",
    "email_click",
    "webinar",
    "trade_show",
)
SALES_KINDS = ("call", "email", "meeting")
KINDS = BUYER_KINDS + SALES_KINDS
FAMILIES = (0, 0, 0, 0, 0, 1, 1, 2, 3)
WEB, EMAIL, WEBINAR, TRADE_SHOW = range(4)
CHANNELS = (
    "web",
    "web",
    "web",
    "web",
    "web",
    "email",
    "email",
    "webinar",
    "trade show",
    "sales",
    "sales",
    "sales",
)

#: States of a buying group. A dead one never buys and hardly stirs; the other two alternate.
DEAD, COLD, HOT = range(3)


class KindTruth(BaseModel):
    """One buyer kind: how often it happens and what it is worth.

    ``rate`` is events a day of a typical cold lead at activity 1, ``hot`` and ``dead`` multiply it in those
    states, ``worth`` is the probability that one event of a typical lead ripens into its opportunity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float
    hot: float
    dead: float
    worth: float


class Parameters(BaseModel):
    """All numbers that the truth rests on; stored as ``truth/parameters.json`` beside a simulated dataset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    kinds: dict[str, KindTruth] = {
        "web_visit": KindTruth(rate=0.130, hot=2.2, dead=0.15, worth=0.00084),
        "pricing_page_visit": KindTruth(rate=0.0120, hot=4.0, dead=0.15, worth=0.00696),
        "content_download": KindTruth(rate=0.0180, hot=2.5, dead=0.15, worth=0.00313),
        "form_submit": KindTruth(rate=0.0100, hot=2.9, dead=0.15, worth=0.00557),
        "demo_request": KindTruth(rate=0.0022, hot=4.8, dead=0.15, worth=0.06612),
        "email_open": KindTruth(rate=0.135, hot=1.3, dead=0.15, worth=0.00021),
        "email_click": KindTruth(rate=0.032, hot=1.9, dead=0.15, worth=0.00125),
        "webinar": KindTruth(rate=0.0110, hot=2.0, dead=0.15, worth=0.00835),
        "trade_show": KindTruth(rate=0.0050, hot=1.6, dead=0.15, worth=0.00766),
    }
    #: Sales-made kinds: events a day just after acceptance, and worth; they do not depend on the state.
    sales_rate: dict[str, float] = {"call": 0.22, "email": 0.30, "meeting": 0.035}
    sales_worth: dict[str, float] = {"call": 0.0012, "email": 0.0008, "meeting": 0.020}
    #: After an opportunity sales goes on with these many events a day, fading at the same pace.
    deal_rate: dict[str, float] = {"call": 0.30, "email": 0.45, "meeting": 0.15}
    sales_fade_days: float = 18.0
    sales_days: int = 120
    #: Activity at an age of a days: floor + fresh·exp(-a/fresh_days) + warm·exp(-a/warm_days).
    activity_floor: float = 0.14
    activity_fresh: float = 1.7
    activity_fresh_days: float = 6.0
    activity_warm: float = 0.40
    activity_warm_days: float = 60.0
    #: Colleagues that each present lead of an account brings a day, by the size on record on its first day.
    joins: tuple[float, ...] = (0.0026, 0.0016, 0.0026, 0.0034, 0.0042)
    #: The intent chain steps at each midnight.
    heat_up: float = 1 / 130
    cool_down: float = 1 / 22
    #: Delay from an event to the opportunity it ripens into: a mixture of Erlang-2 densities (weights, mean days).
    delay_weights: tuple[float, ...] = (0.35, 0.45, 0.20)
    delay_means: tuple[float, ...] = (12.0, 36.0, 90.0)
    #: Opportunities a day of a typical lead out of the blue.
    base_rate: float = 6.0e-5
    #: A colleague's event is worth this share of the same event of one's own, before seniority and fit.
    colleague_share: float = 0.16
    #: Webinars lose this share of their worth, evenly through the second year.
    webinar_drift: float = 0.6
    #: Share of leads that sales looks at, within these days after creation.
    looked_at: float = 0.65
    verdict_days: tuple[float, float] = (0.1, 3.0)
