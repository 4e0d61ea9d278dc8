"""Pages for admins."""

from booked.adapters.http.contracts.web.handlers import organizations
from booked.adapters.http.contracts.web.handlers.admin import categories, overview, people

ROUTES = [
    *overview.pages.routes,
    *categories.pages.routes,
    *organizations.admin_pages.routes,
    *people.pages.routes,
]
