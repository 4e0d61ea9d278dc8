"""Examples of messages about figures."""

from datetime import UTC, datetime

from booked.adapters.http.contracts.v1.examples.sale import EVENT, STALLS
from booked.adapters.http.contracts.v1.messages.analytics import (
    DayBody,
    EventFiguresBody,
    FunnelBody,
    HourBody,
    ReportBody,
    TotalsBody,
    TypeFiguresBody,
)
from booked.adapters.http.contracts.v1.messages.analytics_rows import (
    EVENT_COLUMNS,
    REPORT_COLUMNS,
    event_row,
    report_rows,
)
from booked.adapters.http.responses.csv_tables import csv_table

FIGURES = EventFiguresBody(EVENT, 800, 611, 12, 170, 640, 29, "29988.10", "EUR", 29 / 640)
REPORT = ReportBody(
    event=EVENT,
    currency="EUR",
    totals=TotalsBody(800, 611, 12, 7, 170, 640, 29, "29988.10", 29 / 640),
    ticket_types=[TypeFiguresBody(800, 611, 12, 7, 170, 640, 29, "29988.10", 29 / 640, STALLS)],
    days=[DayBody(datetime(2026, 10, 1, tzinfo=UTC).date(), 640, 29, "31435.20", "1447.10")],
    funnel=FunnelBody(702, 640, 40, 15),
    timezone="Europe/London",
    hours=[HourBody(datetime(2026, 10, 1, 8, tzinfo=UTC), 640, 29, "31435.20", "1447.10")],
)
FIGURES_TABLE = csv_table(EVENT_COLUMNS, [event_row(FIGURES)]).decode()
REPORT_TABLE = csv_table(REPORT_COLUMNS, report_rows(REPORT)).decode()
