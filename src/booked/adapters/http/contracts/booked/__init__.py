"""The contract at `/`: users, events, tickets, waitlist and analytics."""

from booked.adapters.http.contracts.booked import analytics, events, tickets, users, waitlist
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.responses.error_bodies import ErrorBody
from booked.domain.errors import (
    AlreadyWaiting,
    CancellationClosed,
    NoEventFound,
    NoSuchEntry,
    NotAnAdmin,
    NotYourTicket,
    OfferBooked,
    SeatCountReduced,
    TicketNotReserved,
)

CONTRACT = Contract(
    routes=[
        *users.resource.routes,
        *events.resource.routes,
        *tickets.resource.routes,
        *waitlist.resource.routes,
        *analytics.resource.routes,
    ],
    tags={
        "Users": "Accounts.",
        "Events": "What tickets are for. Only admins change them.",
        "Tickets": "Reserve, book, cancel.",
        "Waitlist": "What to do when an event is sold out.",
        "Analytics": "Figures for admins.",
    },
    error_body=ErrorBody,
    statuses={
        NotAnAdmin: 401,
        NoEventFound: 400,
        SeatCountReduced: 400,
        TicketNotReserved: 400,
        NotYourTicket: 400,
        AlreadyWaiting: 400,
        NoSuchEntry: 400,
        OfferBooked: 400,
        CancellationClosed: 400,
    },
    strict=False,
)
