"""Organizations and their members."""

import asyncpg

from booked.adapters.postgres.people.users import NOBODY, user_of
from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.organizations import Member, NewOrganization, Organization

ADD = "INSERT INTO organizations (id, name, description) VALUES ($1, $2, $3) RETURNING *"

GET = "SELECT * FROM organizations WHERE id = $1"

PAGE = """
    SELECT *
    FROM organizations
    WHERE id > $1
    ORDER BY id
    LIMIT $2
"""

PAGE_OF_MEMBER = """
    SELECT organizations.*
    FROM organization_members
    JOIN organizations ON organizations.id = organization_members.organization_id
    WHERE organization_members.user_id = $1 AND organization_members.organization_id > $2
    ORDER BY organization_members.organization_id
    LIMIT $3
"""

LOCK = "SELECT * FROM organizations WHERE id = $1 FOR NO KEY UPDATE"

SAVE = """
    UPDATE organizations
    SET name = $2, description = $3, version = version + 1
    WHERE id = $1
    RETURNING *
"""

HAS_MEMBER = "SELECT FROM organization_members WHERE organization_id = $1 AND user_id = $2"

MEMBERS = """
    SELECT users.*, organization_members.joined_at
    FROM organization_members
    JOIN users ON users.id = organization_members.user_id
    WHERE organization_members.organization_id = $1 AND organization_members.user_id > $2
    ORDER BY organization_members.user_id
    LIMIT $3
"""

ADD_MEMBER = """
    INSERT INTO organization_members (organization_id, user_id)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING
"""

REMOVE_MEMBER = "DELETE FROM organization_members WHERE organization_id = $1 AND user_id = $2"

REMOVE_FROM_ALL = "DELETE FROM organization_members WHERE user_id = $1"

NO_ORGANIZATION = "00000000-0000-0000-0000-000000000000"


class PostgresOrganizations:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, organization: NewOrganization) -> Organization:
        [row] = await self._statements.write(ADD, organization.id, organization.name, organization.description)
        return _organization(row)

    async def get(self, organization_id: OrganizationId) -> Organization | None:
        rows = await self._statements.read(GET, organization_id)
        return _organization(rows[0]) if rows else None

    async def page(self, member: UserId | None, after: OrganizationId | None, limit: int) -> list[Organization]:
        first = after or NO_ORGANIZATION
        if member is None:
            rows = await self._statements.read(PAGE, first, limit)
        else:
            rows = await self._statements.read(PAGE_OF_MEMBER, member, first, limit)
        return [_organization(row) for row in rows]

    async def lock(self, organization_id: OrganizationId) -> Organization | None:
        rows = await self._statements.write(LOCK, organization_id)
        return _organization(rows[0]) if rows else None

    async def save(self, organization: Organization) -> Organization:
        [row] = await self._statements.write(SAVE, organization.id, organization.name, organization.description)
        return _organization(row)

    async def has_member(self, organization_id: OrganizationId, user_id: UserId) -> bool:
        return bool(await self._statements.read(HAS_MEMBER, organization_id, user_id))

    async def members(self, organization_id: OrganizationId, after: UserId | None, limit: int) -> list[Member]:
        rows = await self._statements.read(MEMBERS, organization_id, after or NOBODY, limit)
        return [Member(user_of(row), row["joined_at"]) for row in rows]

    async def add_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        await self._statements.write(ADD_MEMBER, organization_id, user_id)

    async def remove_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        await self._statements.write(REMOVE_MEMBER, organization_id, user_id)

    async def remove_from_all(self, user_id: UserId) -> None:
        await self._statements.write(REMOVE_FROM_ALL, user_id)


def _organization(row: asyncpg.Record) -> Organization:
    return Organization(
        id=OrganizationId(str(row["id"])),
        name=row["name"],
        description=row["description"],
        version=row["version"],
        created_at=row["created_at"],
    )
