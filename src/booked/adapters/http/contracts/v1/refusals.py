"""Errors of several routes."""

from booked.domain.errors import (
    BelowMinimum,
    Busy,
    NoEventFound,
    NoSuchOrganization,
    NoSuchSeat,
    NoSuchTicketType,
    NotTogether,
    NotYourOrganization,
    OverTicketLimit,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
    TooManyRequests,
    TypePaused,
)

ORGANIZATION_NOT_YOURS = [NoSuchOrganization, NotYourOrganization]
EVENT_NOT_YOURS = [NoEventFound, NotYourOrganization]
NOT_TO_BE_HAD = [
    NoEventFound,
    NoSuchTicketType,
    NoSuchSeat,
    TooFewTickets,
    BelowMinimum,
    NotTogether,
    OverTicketLimit,
    SalesClosed,
    SeatTaken,
    TypePaused,
    TooManyRequests,
    Busy,
]
