"""The pages in the browser: a shop for buyers, on the same services as the contracts for programs.

They work without JavaScript: forms, POST, 303, GET. Scripts improve them.
"""

from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.contracts.web.error_pages import show_error
from booked.adapters.http.contracts.web.handlers import (
    admin,
    bookings,
    event,
    event_files,
    hall,
    holds,
    house,
    mine,
    office,
    people,
    shop,
    waiting,
)
from booked.domain.errors import InvalidPassword, UserNotFound

CONTRACT = Contract(
    routes=[
        *house.pages.routes,
        *shop.pages.routes,
        *event.pages.routes,
        *event_files.pages.routes,
        *hall.pages.routes,
        *holds.pages.routes,
        *mine.pages.routes,
        *bookings.pages.routes,
        *waiting.pages.routes,
        *people.pages.routes,
        *office.ROUTES,
        *admin.ROUTES,
    ],
    segments=frozenset({"", "admin", "e", "hold", "language", "login", "logout", "my", "office", "register", "static"}),
    # There is no challenge to a form: a wrong password or address is something to type again.
    statuses={InvalidPassword: 400, UserNotFound: 400},
    error_page=show_error,
)
