"""An event's figures and its hall, to look at."""

from datetime import date
from typing import Any

import msgspec

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.figure_tables import FiguresTable, figures_table
from booked.adapters.http.contracts.web.views.figures import FiguresView
from booked.adapters.http.contracts.web.views.hall_figures import HallFiguresView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.csv_tables import csv_answer
from booked.domain.model.ids import EventId

pages = Pages(Access.ORGANIZER)


class FiguresQuery(msgspec.Struct, frozen=True):
    """The day whose hours are shown."""

    day: date | None = None


class FiguresTableQuery(FiguresQuery, frozen=True):
    table: FiguresTable = FiguresTable.DAYS


@pages.get("/office/events/{event_id:str}/figures")
async def show_figures(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], FiguresQuery)
    report = await request.services.analytics.report(user_of(request), event_id, day=query.day)
    types = await request.services.ticket_types.reports(user_of(request), event_id)
    view = FiguresView.of(report, has_seats=any(type_.seated for type_ in types))
    return render(request, "office_figures.html", view)


@pages.get("/office/events/{event_id:str}/figures.csv")
async def send_figures(request: ApiRequest, event_id: PathId[EventId]) -> Answer[Any]:
    """Send one of the tables of the figures."""
    query = read_query(request.scope["query_string"], FiguresTableQuery)
    report = await request.services.analytics.report(user_of(request), event_id, day=query.day)
    return csv_answer(query.table.value, figures_table(report, query.table))


@pages.get("/office/events/{event_id:str}/figures/hall")
async def show_hall_figures(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    hall = await request.services.analytics.hall(user_of(request), event_id)
    return render(request, "office_hall.html", HallFiguresView.of(hall))
