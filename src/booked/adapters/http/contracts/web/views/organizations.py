"""What the pages about organizations show. `root` is the address they stand below."""

from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.responses.pages import Page
from booked.domain.model.people.organizations import Member, Organization


@dataclass(frozen=True, slots=True)
class OrganizationsView:
    root: str
    page: Page[Organization]
    next_path: str | None


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """`email` is what was typed to add a member."""

    root: str
    organization: Organization
    page: Page[Member]
    next_path: str | None
    email: str
    complaints: Complaints
