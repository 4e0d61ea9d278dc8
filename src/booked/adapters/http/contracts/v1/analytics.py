"""Figures for organizers, as JSON and as CSV."""

from urllib.parse import urlencode

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.figures import FIGURES, FIGURES_TABLE, REPORT, REPORT_TABLE
from booked.adapters.http.contracts.v1.messages.analytics import EventFiguresBody, FiguresQuery, ReportBody, ReportQuery
from booked.adapters.http.contracts.v1.messages.analytics_rows import (
    EVENT_COLUMNS,
    REPORT_COLUMNS,
    event_row,
    report_rows,
)
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.csv_tables import csv_answer, csv_table, wants_csv
from booked.adapters.http.responses.pages import Page, id_behind, page_by_id
from booked.domain.errors import NoEventFound, NotYourOrganization
from booked.domain.model.ids import EventId

resource = Resource("/api/v1/analytics/events/", "v1 · Analytics", Access.ORGANIZER)


@resource.get(
    "", "A page of events, the newest first.", returns=Page([FIGURES], None), also={"text/csv": FIGURES_TABLE}
)
async def compare_events(request: ApiRequest, params: Params[FiguresQuery]) -> Answer[Page[EventFiguresBody]]:
    """Compare events of your organizations; as an admin, all.

    As CSV, the header `Link` leads to the next page.
    """
    after = id_behind(params, EventId)
    events = await request.services.analytics.overview(request.user, after, params.limit + 1)
    page = page_by_id(events, params, EventFiguresBody.of, EventId, lambda event: event.figures.event.id)
    if not wants_csv(request.scope["headers"], params.format):
        return Answer(page)
    table = csv_table(EVENT_COLUMNS, map(event_row, page.items))
    return csv_answer("events", table, **_next(params, page.next_cursor))


@resource.get(
    "/api/v1/events/{event_id:str}/analytics/",
    "The figures.",
    returns=REPORT,
    also={"text/csv": REPORT_TABLE},
    refuses=[NoEventFound, NotYourOrganization],
)
async def report_on_event(
    request: ApiRequest, event_id: PathId[EventId], params: Params[ReportQuery]
) -> Answer[ReportBody]:
    """Report on an event of your organization: sales by ticket type, day and hour, and what became of reservations.

    The table has no hours.
    """
    report = await request.services.analytics.report(request.user, event_id, params.zone, params.day)
    body = ReportBody.of(report)
    if not wants_csv(request.scope["headers"], params.format):
        return Answer(body)
    return csv_answer("analytics", csv_table(REPORT_COLUMNS, report_rows(body)))


def _next(params: FiguresQuery, cursor: str | None) -> dict[str, str]:
    """Return the header with the address of the next page (RFC 8288), if any."""
    if cursor is None:
        return {}
    query = {"limit": params.limit, "cursor": cursor} | ({"format": params.format.value} if params.format else {})
    return {"Link": f'</api/v1/analytics/events/?{urlencode(query)}>; rel="next"'}
