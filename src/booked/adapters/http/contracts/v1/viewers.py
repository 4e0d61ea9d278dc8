"""Who looks at something that everybody may look at, and organizers see more of."""

from booked.adapters.http.requests.request import ApiRequest
from booked.domain.model.people.users import Role, User


async def viewer_of(request: ApiRequest) -> User | None:
    """An organizer or admin as the database has them; None for everybody else, who sees what all see.

    Raises `InvalidToken` if the token is void.
    """
    visitor = request.visitor
    if visitor is None or not visitor.role.includes(Role.ORGANIZER):
        return None
    return await request.services.accounts.present(visitor)
