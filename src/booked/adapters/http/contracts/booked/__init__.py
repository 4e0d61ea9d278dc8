"""The contract at `/`: users, events, tickets, waitlist and analytics."""

from booked.adapters.http.contracts.booked import analytics, events, tickets, users, waitlist

ROUTES = [*users.ROUTES, *events.ROUTES, *tickets.ROUTES, *waitlist.ROUTES, *analytics.ROUTES]
