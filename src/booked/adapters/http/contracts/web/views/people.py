"""What the pages for logging in and registering show."""

from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints


@dataclass(frozen=True, slots=True)
class LoginView:
    """`next_path` is where to go afterwards. A typed password is not shown again."""

    email: str
    next_path: str
    complaints: Complaints


@dataclass(frozen=True, slots=True)
class RegisterView:
    name: str
    email: str
    next_path: str
    complaints: Complaints
