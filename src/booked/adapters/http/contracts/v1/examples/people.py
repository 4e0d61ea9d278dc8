"""Examples of messages about people and organizations."""

from datetime import UTC, datetime

from booked.adapters.http.contracts.v1.messages.organizations import OrganizationBody
from booked.adapters.http.contracts.v1.messages.people import TokenPairBody, UserBody
from booked.domain.model.people.users import Role

PASSWORD = "correct horse battery staple"  # noqa: S105  an example, like the others
ACCESS = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"
REFRESH = "AZyw5qYcd8mTLyCx0LZQmgGcsOamHHfJky8gsdC2UJoBnLDmphx3yZMvILHQtlCa"
ANN = UserBody("019c5b2e-7f00-7a3c-8e54-1f0a2b3c4d5e", "ann@example.com", "Ann", "Archer", Role.USER)
BEN = UserBody("019c5b2e-8c1d-7b40-9f21-6a7b8c9d0e1f", "ben@example.com", "Ben", "", Role.ORGANIZER)
PAIR = TokenPairBody(ACCESS, REFRESH)
MOMENT = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)
PLAYHOUSE = OrganizationBody("019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20", "Playhouse", "In the old mill.", MOMENT)
