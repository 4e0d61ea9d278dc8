"""Pages for admins."""

from booked.adapters.http.contracts.web.handlers import organizations
from booked.adapters.http.contracts.web.handlers.admin import api_keys, categories, overview, people

ROUTES = [
    *overview.pages.routes,
    *api_keys.pages.routes,
    *categories.pages.routes,
    *organizations.admin_pages.routes,
    *people.pages.routes,
]
