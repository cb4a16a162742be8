"""The pages' addresses, and what each needs before it is shown."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response

from features.errors import PayloadError
from features.facts.clock import format_moment
from serving.facts_in.record import VERDICTS, Telling, record_items
from serving.front.body import read_raw
from serving.front.errors import RequestError
from serving.front.front import log_failure
from serving.front.routes import Endpoint
from serving.ledger import LedgerError
from serving.pages.csv_list import list_csv
from serving.pages.judging import read_choice
from serving.pages.refused import Refused
from serving.pages.render import POLICY, page
from serving.pages.today import Wanted
from serving.pages.views import View
from serving.pages.visitor import other_site
from serving.scoring.decide import Asked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from serving.front.call import Call
    from serving.front.routes import Handler
    from serving.pages.site import Site
    from serving.pages.visitor import Visitor

Shower: TypeAlias = "Callable[[View, dict[str, str]], Response]"

#: Pages being made at once, and those that may wait for it; scoring comes first.
AT_ONCE, MOST_WAITING = 2, 60
_LARGEST_FORM = 20_000
_LONGEST_QUERY = 4_000


@dataclass
class PageRoutes:
    """Pages, forms and the style sheet; ``paths`` answers at ``/`` whoever does not ask for a page."""

    site: Site
    paths: Handler
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "pages"))
    _waiting: int = 0

    def endpoints(self) -> list[Endpoint]:
        """Return the routes. They ask for no key in a header: who may see them is settled by each itself."""
        shown: dict[str, tuple[Shower, str]] = {
            "/today.csv": (_csv, "the list as a file"),
            "/lead": (View.lead, "one lead: why it scores as it does"),
            "/account": (View.account, "the people of one account"),
            "/card": (View.card, "the agreed card and the model"),
            "/model-card": (View.model_card, "the model card"),
            "/receipt": (View.receipt, "one score, computed again"),
        }
        pages: list[tuple[str, str, Handler, str]] = [
            ("GET", path, partial(self._show, shower), says) for path, (shower, says) in shown.items()
        ]
        pages += [
            ("GET", "/sign-in", self._sign_in_page, "signing in"),
            ("POST", "/sign-in", self._sign_in, "signing in"),
            ("POST", "/sign-out", self._sign_out, "signing out"),
            ("POST", "/lead/verdict", self._judge, "accepting, rejecting or recycling a lead"),
            ("POST", "/lead/score", self._score, "scoring a lead as of now"),
            ("GET", "/static/style.css", self._style, "how the pages look"),
        ]
        home = Endpoint("GET", "/", self._home, None, "this list; to a browser the page who to call now")
        return [home, *(Endpoint(*one[:3], None, f"page: {one[3]}", is_page=True) for one in pages)]

    # --- showing -----------------------------------------------------------------------------------------

    async def _home(self, call: Call) -> Response:
        if "text/html" not in call.header(b"accept"):
            return await self.paths(call)
        return await self._show(View.today, call)

    async def _show(self, shower: Shower, call: Call) -> Response:
        def made() -> Response:
            visitor = self.site.gate.admit(call)
            if visitor is None:
                return _to_sign_in(call)
            query = _query(call)
            response = shower(View(self.site, visitor), query)
            _give(response, visitor.cookie)
            return response

        return await self._made(call, made)

    async def _made(self, call: Call, make: Callable[[], Response]) -> Response:
        """Make a page in one of the few threads for it; whatever is in the way is a page too."""
        if self._waiting >= MOST_WAITING:
            return _sorry(Refused(503, "Too many people look at once.", again=3))
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, make)
        except Refused as refused:
            return _sorry(refused)
        except LedgerError:
            return _sorry(Refused(503, "The ledger is not to be had just now; nothing was changed."))
        except Exception as error:
            log_failure(error, call.scope["path"], call.request_id)
            return _sorry(Refused(500, "Something went wrong here, and the log says where."))
        finally:
            self._waiting -= 1

    async def _style(self, _: Call) -> Response:
        return Response(STYLE, media_type="text/css")

    # --- signing in --------------------------------------------------------------------------------------

    async def _sign_in_page(self, call: Call) -> Response:
        def made() -> Response:
            then = _own_path(_query(call).get("then", "/"))
            return page("sign_in.html.j2", {"then": then, "wrong": ""})

        return await self._made(call, made)

    async def _sign_in(self, call: Call) -> Response:
        try:
            form = await self._form(call)
        except Refused as refused:
            return _sorry(refused)

        def made() -> Response:
            then = _own_path(form.get("then", "/"))
            if not self.site.gate.comes_from_here(call):
                raise other_site()
            try:
                cookie = self.site.gate.sign_in(call, form.get("key", ""))
            except Refused as refused:
                return page("sign_in.html.j2", {"then": then, "wrong": refused.message}, refused.status)
            response = RedirectResponse(then, 303)
            _give(response, cookie)
            return response

        return await self._made(call, made)

    async def _sign_out(self, call: Call) -> Response:
        async def done(_: Visitor, __: dict[str, str]) -> Response:
            response = RedirectResponse("/sign-in", 303)
            _give(response, self.site.gate.sign_out(call))
            return response

        return await self._carried_out(call, done)

    # --- forms -------------------------------------------------------------------------------------------

    async def _judge(self, call: Call) -> Response:
        async def done(visitor: Visitor, form: dict[str, str]) -> Response:
            if not visitor.may_judge:
                raise Refused(403, "Your key may read, not judge: ask for one with the scopes read and ingest.")
            now, desk = self.site.desk.clock(), self.site.desk
            item = read_choice(form, now)
            telling = Telling(self.site.ledger, desk.champion.model.vocabulary, visitor.name, now)
            (result,) = await record_items(VERDICTS, [item], telling)
            if result["status"] in {"error", "forgotten"}:
                raise Refused(400, f"Nothing was recorded: {result['message']}")
            return _back_to(item["lead_id"], done=item["verdict"])

        return await self._carried_out(call, done)

    async def _score(self, call: Call) -> Response:
        async def done(visitor: Visitor, form: dict[str, str]) -> Response:
            if not visitor.may_score:
                raise Refused(403, "Your key may read, not have leads scored.")
            lead_id = form.get("lead_id", "")
            asked = Asked(visitor.name, call.request_id, self.site.desk.clock())
            answer = await self.site.desk.score({"lead_id": lead_id}, asked)
            if answer["status"] == "unscorable":
                raise Refused(400, f"This lead cannot be scored: {answer['reason_1']}")
            return _back_to(lead_id, done="scored")

        return await self._carried_out(call, done)

    async def _carried_out(
        self, call: Call, done: Callable[[Visitor, dict[str, str]], Awaitable[Response]]
    ) -> Response:
        """Carry a form out for somebody who may, and who sent it from one of our pages."""
        try:
            form = await self._form(call)
            visitor = await asyncio.get_running_loop().run_in_executor(self._threads, self.site.gate.admit, call)
            if visitor is None:
                return _to_sign_in(call)
            self.site.gate.check_form(call, visitor, form.get("token", ""))
            return await done(visitor, form)
        except Refused as refused:
            return _sorry(refused)
        except (PayloadError, RequestError) as error:
            return _sorry(Refused(400, f"Nothing was done: {error.message}"))
        except LedgerError:
            return _sorry(Refused(503, "The ledger is not to be had just now; nothing was done."))
        except Exception as error:
            log_failure(error, call.scope["path"], call.request_id)
            return _sorry(Refused(500, "Something went wrong here, and the log says where."))

    async def _form(self, call: Call) -> dict[str, str]:
        kind = call.header(b"content-type").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused(415, "Expected a form.")
        try:
            raw = await read_raw(call, _LARGEST_FORM)
            return _pairs(raw.decode("ascii"))
        except (RequestError, ValueError) as error:
            raise Refused(400, "The form cannot be read; nothing was done.") from error


def _query(call: Call) -> dict[str, str]:
    raw = call.scope["query_string"]
    if len(raw) > _LONGEST_QUERY:
        raise Refused(414, "The address is too long.")
    try:
        return _pairs(raw.decode("ascii"))
    except ValueError as error:
        raise Refused(400, "The address cannot be read.") from error


def _pairs(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50, errors="strict"))


def _csv(view: View, query: dict[str, str]) -> Response:
    wanted, site = Wanted.of(view.known(query, Wanted)), view.site
    text = list_csv(site.book().listing.choose(wanted).part())
    name = f"leads-{format_moment(site.desk.clock())[:10]}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": POLICY}
    return Response(text.encode(), media_type="text/csv", headers=headers)


def _sorry(refused: Refused) -> Response:
    response = page("sorry.html.j2", {"refused": refused}, refused.status)
    if refused.again is not None:
        # The browser asks again by itself, as a meta element would have it do.
        response.headers["refresh"] = response.headers["retry-after"] = str(refused.again)
    return response


def _to_sign_in(call: Call) -> Response:
    path = call.scope["path"]
    if call.scope["method"] in {"GET", "HEAD"} and call.scope["query_string"]:
        path += "?" + call.scope["query_string"].decode("latin-1")
    then = path if call.scope["method"] in {"GET", "HEAD"} else "/"
    return RedirectResponse("/sign-in?" + urlencode({"then": then}), 303)


def _back_to(lead_id: str, **more: str) -> Response:
    return RedirectResponse("/lead?" + urlencode({"id": lead_id, **more}), 303)


def _own_path(path: str) -> str:
    """Return a path of ours to go on to, never another site's."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 2_000
    return path if fine else "/"


def _give(response: Response, cookie: str | None) -> None:
    if cookie is not None:
        response.headers.append("set-cookie", cookie)


STYLE: bytes = files("serving.pages").joinpath("static/style.css").read_bytes()
