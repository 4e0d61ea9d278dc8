"""The organizer's office."""

from booked.adapters.http.contracts.web.handlers import organizations
from booked.adapters.http.contracts.web.handlers.office import event, events, figures, steps, types

ROUTES = [
    *events.pages.routes,
    *event.pages.routes,
    *figures.pages.routes,
    *organizations.office_pages.routes,
    *steps.pages.routes,
    *types.pages.routes,
]
