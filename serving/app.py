"""The scoring service as an ASGI application around one worker's desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.api.about import AboutRoutes
from serving.api.adapters import AdapterRoutes
from serving.api.facts import FactRoutes
from serving.api.leads import LeadRoutes
from serving.api.model import ModelRoutes
from serving.api.receipts import ReceiptRoutes
from serving.api.score import ScoreRoutes
from serving.front.callers import KeyRing
from serving.front.front import MOST_AT_ONCE, Front
from serving.front.hosts import Hosts
from serving.front.metrics import Metrics
from serving.front.routes import RouteTable
from serving.pages.routes import PageRoutes
from serving.pages.site import Site
from serving.scoring.champion import Champion
from serving.scoring.desk import Desk
from serving.scoring.reload import Reloader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from models.lead_model import LeadModel
    from serving.adapters.library import Library
    from serving.front.limits import SharedTable
    from serving.ledger import Ledger
    from serving.pages.papers import Papers
    from serving.scoring.reload import Source


def create_app(
    model: LeadModel,
    clock: Callable[[], int],
    ledger: Ledger | None = None,
    *,
    keys_required: bool = False,
    per_minute: float | None = None,
    workers: int = 1,
    most_at_once: int = MOST_AT_ONCE,
    hosts: Collection[str] | None = None,
    library: Library | None = None,
    shared: SharedTable | None = None,
    source: Source | None = None,
    user_header: str | None = None,
    capacity: int | None = None,
    segment_by: str = "",
    papers_of: Callable[[str], Papers] | None = None,
) -> Front:
    """Return the application; ``clock`` gives microseconds since 1970 UTC. Scores one example lead to warm up.

    Without a ledger nothing is kept, and leads are scored only whole. ``library`` holds the mappings of callers'
    records; without one those that come with the service are known. Several ``workers`` grant a key's rate
    together in ``shared``; ``hosts`` are names beside loopback's by which it may be asked while no key is needed
    (None: any); ``source`` is where another version of the model comes from. What the pages are told:
    see :class:`serving.pages.site.Site`.
    """
    desk = Desk(Champion.of(model, clock()), ledger, clock)
    metrics = Metrics()
    reloader = None if source is None else Reloader(desk, source)
    model_routes = ModelRoutes(desk, reloader, source)
    about = AboutRoutes(desk, metrics)
    adapters = AdapterRoutes(desk, library)
    kept = (FactRoutes(desk), LeadRoutes(desk), ReceiptRoutes(desk), adapters, model_routes)
    keys = KeyRing(
        lambda: [] if ledger is None else ledger.api_keys(),
        required=keys_required,
        per_minute=per_minute,
        workers=workers,
        shared=shared,
    )
    site = Site(desk, keys, user_header=user_header, capacity=capacity, segment_by=segment_by, papers_of=papers_of)
    own = [endpoint for routes in (*kept, PageRoutes(site, about.paths)) for endpoint in routes.endpoints()]
    table = RouteTable([*ScoreRoutes(desk).endpoints(), *own, *about.endpoints()])
    about.table = table
    adapters.keys = keys
    front = Front(table, keys, metrics.observe, most_at_once=most_at_once, hosts=Hosts(hosts))
    front.reloader = reloader
    return front
