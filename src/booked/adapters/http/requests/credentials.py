"""Fields of logins: an e-mail address under either of two names, and a password."""

from typing import Annotated

from booked.adapters.http.requests.fields import shown
from booked.domain.errors import BookedError
from booked.domain.model.people.users import EMAIL_LENGTH, PASSWORD_BYTES

Email = Annotated[str, shown(format="email", minLength=1, maxLength=EMAIL_LENGTH)]
Password = Annotated[str, shown(format="password", minLength=1, maxLength=PASSWORD_BYTES)]
RefreshTokenText = Annotated[str, shown("A refresh token, as it was given.", minLength=64, maxLength=64)]


def address_in(email: str | None, username: str | None, refusal: type[BookedError]) -> str:
    """Return the address, empty if there is none. Raises the refusal if the two names have different ones."""
    if email is not None and username is not None and email != username:
        raise refusal("`email` and `username` mean the same. Send one of them.")
    return email or username or ""
