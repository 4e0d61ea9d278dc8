"""What the head of every page leads to. A part of the house for some roles alone is a line here."""

from dataclasses import dataclass

from booked.adapters.http.contracts.web.marking import N_
from booked.domain.model.people.users import Role


@dataclass(frozen=True, slots=True)
class Way:
    """A link in the head of pages, for those with a role; None for everybody."""

    path: str
    text: str
    role: Role | None = None


WAYS = (
    Way("/", N_("What’s on")),
    Way("/my", N_("My tickets"), Role.USER),
    Way("/office", N_("Office"), Role.ORGANIZER),
    Way("/admin", N_("Admin"), Role.ADMIN),
)
