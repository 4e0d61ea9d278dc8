"""What the pages for admins show of people and organizations."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.responses.pages import Page
from booked.domain.model.people.organizations import Organization
from booked.domain.model.people.users import Role, User


@dataclass(frozen=True, slots=True)
class PeopleView:
    words: str
    page: Page[User]
    next_path: str | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """`asked` is the role that is about to be given, None until one is chosen."""

    person: User
    organizations: Sequence[Organization]
    asked: Role | None
    is_self: bool
    complaints: Complaints
