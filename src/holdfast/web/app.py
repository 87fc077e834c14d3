"""The application: which address shows what; the pages' texts are templates, the work is done by ``pipeline``."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp

from holdfast.columns import averages, heading
from holdfast.columns.values import said_value
from holdfast.errors import HoldfastError
from holdfast.language import N_, retold
from holdfast.language import gettext as _
from holdfast.pipeline.reporting import effects_kept
from holdfast.report.page.proof import sure_sentences
from holdfast.report.page.words import between, list_title, money, number, percent, sentence
from holdfast.web import downloads, pages
from holdfast.web.forms import FIELDS, FORMS, wanted_list
from holdfast.web.guard import PASSWORD, STATIC, Access, Guard
from holdfast.web.password import matches
from holdfast.web.refused import PageError, status_of_error
from holdfast.web.session import Sessions
from holdfast.web.site import Shown, Site, again
from holdfast.web.view import ROWS, Field, View
from holdfast.web.words import value_of

_MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_OTHER = {"parquet": "application/vnd.apache.parquet", "json": "application/json"}
_LONGEST_ID = 1000


def create_app(site: Site, access: Access | None = None) -> ASGIApp:
    """Return the page of a scenario as an ASGI application.

    Parameters
    ----------
    site
        What it shows.
    access
        Who may look: this machine alone if not given.
    """
    app = FastAPI(title="Holdfast", docs_url=None, redoc_url=None, openapi_url=None)
    guard = Guard(app, access or Access(), Sessions(), site.say, language=site.config.language)
    _Pages(site, guard).add_to(app)
    return guard


class _Pages:
    """The answers. They are plain functions, so each runs in a thread of its own."""

    def __init__(self, site: Site, guard: Guard) -> None:
        self.site, self.guard = site, guard

    def add_to(self, app: FastAPI) -> None:
        """Give every address its answer."""
        looked: dict[str, Callable[..., Response]] = {
            "/": self.overview,
            "/lists": self.lists,
            "/lists/{name}": self.ranked,
            "/lists/{name}/{form}": self.ranked_file,
            "/customers": self.customers,
            "/customers/{form}": self.customers_file,
            "/customer": self.customer,
            "/segments": self.segments,
            "/segments/customers": self.segment_customers,
            "/segments/customers/{form}": self.segment_file,
            "/value": self.value,
            "/experiments": self.experiments,
            "/model": self.model,
            "/due": self.due,
            "/make": self.make_form,
            "/issued/{own}": self.issued,
            "/issued/{own}/file": self.issued_file,
            "/issued/{own}/{form}": self.decisions_file,
            STATIC + "{name}": self.static,
        }
        sent: dict[str, Callable[..., Response]] = {
            "/make": self.make,
            "/due": self.reviewed,
            "/login": self.login,
            "/logout": self.logout,
        }
        for address, answer in looked.items():
            app.add_api_route(address, answer, methods=["GET"], response_model=None)
        for address, answer in sent.items():
            app.add_api_route(address, answer, methods=["POST"], response_model=None)
        app.add_exception_handler(HoldfastError, self.refused)
        app.add_exception_handler(HTTPException, self.not_found)
        app.add_exception_handler(Exception, self.broken)

    # Blocks of the report

    def overview(self, request: Request) -> Response:
        """Answer with the first page: what to do, how many to contact, and where to look on."""
        return self.page(request, "overview", _("Overview"), **again(self.site.blocks))

    def lists(self, request: Request) -> Response:
        """Show all lists, made and not yet made, and their first rows."""
        issued = [
            {**one, "own": one["folder"].name, "title": list_title(one["list"], one["folder"].name)}
            for one in self.site.issued()
        ]
        return self.page(request, "lists", _("Lists"), issued=issued, **again(self.site.blocks))

    def segments(self, request: Request) -> Response:
        """Show the grids, who moved, and a card per segment."""
        table = self.site.cards()
        value = next(
            (str(c) for c in table.columns if str(c).endswith("_mean") and str(c).startswith(("clv", "exp"))), ""
        )
        risk = next((str(c) for c in table.columns if str(c).startswith("p_churn") and str(c).endswith("_mean")), "")
        cards = [
            {
                "kind": _("RFM segment") if row["kind"] == "segment" else sentence(heading(row["kind"])),
                "risk": percent(row[risk], 1) if risk else "",
                "name": value_of(Field(row["kind"], "choice"), row["name"]),
                "customers": number(row["customers"]),
                "share": percent(row["share_of_value"], 1),
                "value": number(row[value], 2) if value else "",
                "action": "" if row["action"] != row["action"] else said_value("action", row["action"]),
                "address": _filtered(str(row["kind"]), str(row["name"])) if row["customers"] > 0 else "",
            }
            for row in table.to_dict("records")
        ]
        kinds = {card["kind"]: [c for c in cards if c["kind"] == card["kind"]] for card in cards}
        return self.page(request, "segments", _("Segments"), cards=cards, kinds=kinds, **again(self.site.blocks))

    def value(self, request: Request) -> Response:
        """Show cohorts, figures of the business, what was read, and limits."""
        return self.page(request, "value", _("Value and data"), **again(self.site.blocks))

    def experiments(self, request: Request) -> Response:
        """Show what was measured."""
        return self.page(request, "experiments", _("Experiments"), **again(self.site.blocks))

    def model(self, request: Request) -> Response:
        """Show whether one can trust it, and the model's card."""
        try:
            card, missing = pages.markdown(self.site.card()), ""
        except HoldfastError as error:
            card, missing = None, retold(str(error))
        return self.page(request, "model", _("Model"), card=card, missing=missing, **again(self.site.blocks))

    def customer(self, request: Request) -> Response:
        """Show one customer: what they did, what is expected of them, lists now and then."""
        given = request.query_params.multi_items()
        if [name for name, _ in given] != ["id"] or not 0 < len(given[0][1]) <= _LONGEST_ID:
            raise PageError(400, _("This address names no customer."))
        found = again(lambda: self.site.customer(given[0][1]))
        return self.page(request, "customer", _("A customer"), one=found)

    # Tables

    def ranked(self, request: Request, name: str) -> Response:
        """Show one ranked list."""
        made = self.site.decided(name)
        more: dict[str, Any] = {"make": name if name in self.site.makeable else "", "made": made}
        return self.table(request, again(lambda: self.site.ranked(name)), **more)

    def customers(self, request: Request) -> Response:
        """Show everyone who was scored."""
        return self.table(request, again(self.site.scores))

    def segment_customers(self, request: Request) -> Response:
        """Show everyone who was scored, with their groups."""
        return self.table(request, again(self.site.segments))

    def ranked_file(self, request: Request, name: str, form: str) -> Response:
        """Take a view of a list along."""
        return self.file(request, again(lambda: self.site.ranked(name)), form)

    def customers_file(self, request: Request, form: str) -> Response:
        """Take a view of all customers along."""
        return self.file(request, again(self.site.scores), form)

    def segment_file(self, request: Request, form: str) -> Response:
        """Take a view of the segments along."""
        return self.file(request, again(self.site.segments), form)

    def decisions_file(self, request: Request, own: str, form: str) -> Response:
        """Take a view of the decisions along."""
        return self.file(request, self.site.record(own)[1], form)

    def table(self, request: Request, shown: Shown, template: str = "table", **more: Any) -> Response:
        """Answer with a page of a view; an address with more words than it needs leads to the short one."""
        fields = again(lambda: self.site.tables.fields(shown.path, self.site.known))
        view = View.parse(request.query_params.multi_items(), fields)
        if request.url.query and f"?{request.url.query}" != view.params() and _redundant(request):
            return RedirectResponse(f"{shown.address}{view.params()}", 303)
        page = again(lambda: self.site.tables.page(shown.path, view))
        rows = page.table.to_dict("records")
        first = (view.page - 1) * view.rows + 1 if page.total else 0
        return self.page(
            request,
            template,
            shown.title,
            shown=shown,
            fields=fields,
            view=view,
            found=page,
            rows=rows,
            averages=averages(page.table, heading),
            sizes=ROWS,
            first=first,
            last=first + len(rows) - 1 if rows else 0,
            filters=[one for one in fields.values() if one.kind != "text" and len(one.choices) != 1],
            texts={one.key: one.text for one in view.conditions},
            **{"make": "", "made": None, **more},
        )

    def file(self, request: Request, shown: Shown, form: str) -> Response:
        """Answer with all rows of a view as a file."""
        if form not in _MEDIA:
            raise PageError(404, _("There is no such page."))
        given = [(name, text) for name, text in request.query_params.multi_items() if name not in ("page", "rows")]
        view = View.parse(given, again(lambda: self.site.tables.fields(shown.path, self.site.known)))
        tables, known = self.site.tables, self.site.known
        headers = {"content-disposition": f'attachment; filename="{shown.name}.{form}"'}
        if form == "xlsx":
            book = again(
                lambda: downloads.xlsx(
                    tables, shown.path, view, known, _("{list}: {who}", list=shown.title, who=shown.said)
                )
            )
            return Response(book, media_type=_MEDIA[form], headers=headers)
        style = self.site.config.lists.csv_style()
        rows = downloads.csv(tables, shown.path, view, style)
        return StreamingResponse(rows, media_type=_MEDIA[form], headers=headers)

    # Lists to contact

    def issued(self, request: Request, own: str) -> Response:
        """Show a list to contact: its terms, where everybody went, and the decisions."""
        record, shown = self.site.record(own)
        sure = sure_sentences(record, effects_kept(self.site.config))
        return self.table(request, shown, "issued", record=record, told=self._told(record), own=own, sure=sure)

    def issued_file(self, own: str) -> Response:
        """Take the list to contact along, as it was written."""
        record, __ = self.site.record(own)
        path = record["folder"] / str(record["file"])
        form = path.suffix.removeprefix(".")
        if not path.is_file():
            raise PageError(404, _("The file of this list is not there."))
        headers = {"content-disposition": f'attachment; filename="{own}.{form}"'}
        return Response(path.read_bytes(), media_type=(_MEDIA | _OTHER)[form], headers=headers)

    def make_form(self, request: Request) -> Response:
        """Ask what list to make."""
        share = self.site.config.lists.control_share
        asked = request.query_params.get("list", "")
        return self.asking(request, {"list": asked, "control": f"{100 * share:g}"}, "")

    def make(self, request: Request) -> Response:
        """Make the list, record it, and show it."""
        form: dict[str, str] = request.state.form
        try:
            asked = wanted_list(form, self.site.makeable)
            made = self.site.make(**asked)
        except HoldfastError as error:
            answer = self.asking(request, form, retold(str(error)))
            answer.status_code = status_of_error(error)
            return answer
        return RedirectResponse(f"/issued/{made}", 303)

    def asking(self, request: Request, given: dict[str, str], problem: str) -> Response:
        """Return the form with what was typed so far, and what was wrong with it."""
        filled = {**dict.fromkeys(FIELDS, ""), **{name: text for name, text in given.items() if name in FIELDS}}
        lists = self.site.makeable
        return self.page(request, "make", _("Make a list"), given=filled, problem=problem, lists=lists, formats=FORMS)

    def _told(self, record: dict[str, Any]) -> list[tuple[str, str]]:
        """Return what was expected of a list, each figure with its interval."""
        expected = record["expected"] or {}
        currency = getattr(self.site.config.main, "currency", None) or ""
        units = {"churners": "", "false_alarms": "", "cost": currency, "profit": currency}
        words = {
            "churners": N_("would leave"),
            "false_alarms": N_("would have stayed"),
            "cost": N_("expected cost"),
            "profit": N_("expected profit"),
        }
        return [
            (
                _(words[name]),
                f"{money(expected[name], unit)} ({_within(expected, name)})",
            )
            for name, unit in units.items()
            if f"{name}_low" in expected
        ]

    # What is due

    def due(self, request: Request) -> Response:
        """Show what is due."""
        return self.page(request, "due", _("What is due"), found=again(self.site.status))

    def reviewed(self, request: Request) -> Response:
        """Record that the review was held."""
        if request.state.form:
            raise PageError(400, _("This form has fields that the page does not know."))
        self.site.reviewed()
        return RedirectResponse("/due", 303)

    # Coming and going

    def login(self, request: Request) -> Response:
        """Take the password."""
        form: dict[str, str] = request.state.form
        back, peer = form.get("back", "/"), request.client.host if request.client else ""
        if self.guard.access.password is None or set(form) - {"password", "back"}:
            raise PageError(404, _("There is no such page."))
        if self.guard.tries.spent(peer):
            raise PageError(429, _("Too many wrong passwords: wait a quarter of an hour."))
        if not matches(form.get("password", ""), self.guard.access.password):
            self.guard.tries.wrong(peer)
            return pages.login_page(self.guard.token(request), back, _("That is not the password."))
        self.guard.stop(request)
        self.guard.start(request, PASSWORD)
        own = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
        return RedirectResponse(back if own else "/", 303)

    def logout(self, request: Request) -> Response:
        """End the session."""
        self.guard.stop(request)
        return RedirectResponse("/", 303)

    def static(self, name: str) -> Response:
        """Answer with a file of the look."""
        found = pages.static(name)
        if found is None:
            raise PageError(404, _("There is no such page."))
        return Response(found[0], media_type=found[1])

    def page(self, request: Request, template: str, title: str, **given: Any) -> Response:
        """Return a page with its frame: navigation, and who is logged in."""
        logged_in = request.state.user == PASSWORD
        forms = logged_in or template in ("make", "due")
        return pages.html(
            template,
            title=title,
            here=f"/{request.url.path.split('/')[1]}",
            scenario=self.site.config.name,
            day=self.site.day,
            logged_in=logged_in,
            token=self.guard.token(request) if forms else "",
            has_segments="segments" not in self.site.setting.cannot,
            **{"contracts": self.site.config.setting == "contractual", **_without(given, "name", "as_of")},
        )

    # What cannot be shown

    def refused(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """Answer what Holdfast refuses."""
        assert isinstance(error, HoldfastError)  # noqa: S101  # what the handler is for
        return pages.error_page(status_of_error(error), retold(str(error)))

    def not_found(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """Answer an address that leads nowhere."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return pages.error_page(status, _("There is no such page."))

    def broken(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """Answer where something went wrong; what, the log says."""
        return pages.error_page(500, _("Something went wrong in Holdfast. The log says where."))


def _within(expected: dict[str, float], name: str) -> str:
    return between(money(expected[f"{name}_low"]), money(expected[f"{name}_high"]))


def _filtered(kind: str, name: str) -> str:
    """Return the address of the customers of a segment."""
    return f"/segments/customers?{urlencode({f'is.{kind}': name})}"


def _redundant(request: Request) -> bool:
    """Say whether a form's address has blank fields, or what is so anyway."""
    return any(not text.strip() or name in ("page", "rows") for name, text in request.query_params.multi_items())


def _without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}
