"""Whom a route is for: users, unless it says otherwise."""

from enum import Enum, auto

from booked.domain.model.people.users import Role


class Access(Enum):
    """`OPTIONAL` is for everybody, and may tell more to those who say who they are.

    `COUNTER` is for requests with an API key and, if the counter is open, for all. `EITHER` is for users, and
    for those at a counter.
    """

    PUBLIC = auto()
    OPTIONAL = auto()
    USER = auto()
    ORGANIZER = auto()
    ADMIN = auto()
    COUNTER = auto()
    EITHER = auto()


# The role that a user must have in the database. The role in their token does not count.
ROLES = {Access.ORGANIZER: Role.ORGANIZER, Access.ADMIN: Role.ADMIN}
