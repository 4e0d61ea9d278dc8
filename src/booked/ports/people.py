"""People in the database: users, the sessions in which they are logged in, the organizations they belong to, guests.

What `booked.ports.database` says of its repositories holds for these.
"""

from datetime import date, datetime
from typing import Protocol

from booked.domain.model.ids import ApiKeyId, OrganizationId, SessionId, UserId
from booked.domain.model.people.api_keys import ApiKey, NewApiKey
from booked.domain.model.people.browser_sessions import BrowserSession
from booked.domain.model.people.guests import Guest
from booked.domain.model.people.limits import Limit, Taken
from booked.domain.model.people.organizations import Member, NewOrganization, Organization
from booked.domain.model.people.sessions import Exchange, NewSession
from booked.domain.model.people.users import NameChanges, NewUser, Role, User


class Users(Protocol):
    """People with an account. Guests are no users here."""

    async def add(self, user: NewUser) -> User:
        """Add a user. Raises `EmailTaken` if another user's address has the same key, also if both come at once."""
        ...

    async def by_email(self, email: str) -> User | None:
        """Return the user whose e-mail address has the same key."""
        ...

    async def by_id(self, user_id: UserId) -> User | None: ...

    async def page(self, after: UserId | None, limit: int, part: str = "") -> list[User]:
        """Return users by id, so from the oldest on, after one of them.

        With a `part`, only those whose names or e-mail address have it, whatever its case and accents.
        """
        ...

    async def promote(self, user_id: UserId, role: Role, password_hash: str) -> User:
        """Give a user a role and a password. Tokens issued before are void, and sessions have ended."""
        ...

    async def rename(self, user_id: UserId, changes: NameChanges) -> User | None:
        """Change a user's names; None if the account is gone."""
        ...

    async def set_password(self, user_id: UserId, password_hash: str, former_hash: str) -> User | None:
        """Give a user another password. None, with no effect, if the present one is not `former_hash` any more.

        Tokens issued before are void, and sessions have ended.
        """
        ...

    async def lock(self, user_id: UserId) -> User | None:
        """Return a user whose role and password nobody else changes until the transaction ends."""
        ...

    async def lock_admins(self, user_id: UserId) -> list[User]:
        """Return all admins, and this user if there is one. Nobody else changes them until the transaction ends."""
        ...

    async def set_role(self, user_id: UserId, role: Role) -> User:
        """Give a user a role. Tokens issued before are void; sessions go on."""
        ...


class VoidedTokens(Protocol):
    """Whose tokens were voided: by a change of role or password, or by the end of the account. Guests have none."""

    async def mark(self) -> int:
        """Return a mark in the database's history. What is recorded later, `since` tells from the mark on."""
        ...

    async def since(self, moment: datetime, mark: int | None = None) -> dict[UserId, int]:
        """Return the lowest valid token version of each user whose tokens were voided after a moment.

        With a mark, also of those whose voiding was not to be seen yet when the mark was made, however long before the
        transaction began.
        """
        ...

    async def forget(self, moment: datetime, limit: int) -> int:
        """Forget up to `limit` users whose tokens were voided at this moment or before; how many there were."""
        ...


class Sessions(Protocol):
    """Sessions end with their user's account, and with every change of the user's password."""

    async def open(self, session: NewSession, password_hash: str) -> User | None:
        """Open a session of the user, or None if this is not their password any more or the account is gone."""
        ...

    async def exchange(self, exchange: Exchange) -> User | None:
        """Put the successor in the place of a session's refresh token, and return the user whose session it is.

        The token which this successor replaced is also good while the successor is the present one; it changes nothing
        more. None for any other token, and if the session has ended or expired. Of many exchanges of a token at once,
        one changes something.
        """
        ...

    async def end(self, session_id: SessionId, now: datetime) -> None:
        """End a session if there is one and it has not expired. Tokens of its user issued before are void."""
        ...

    async def forget_expired(self, now: datetime, limit: int) -> int:
        """Remove up to `limit` expired sessions and return how many there were."""
        ...


class BrowserSessions(Protocol):
    """Sessions on the pages. They end with their user's account, and with every change of the user's password."""

    async def open(self, session: BrowserSession, password_hash: str) -> bool:
        """Open a session. Return False if this is not the user's password any more or the account is gone."""
        ...

    async def find(self, digest: bytes, now: datetime) -> tuple[BrowserSession, User] | None:
        """Return the session with this digest and its user as they are now; None if it has ended or expired."""
        ...

    async def prolong(self, digest: bytes, expires_at: datetime) -> None:
        """Let a session expire later, at its `ends_at` at the latest. An earlier time changes nothing."""
        ...

    async def end(self, digest: bytes) -> None:
        """End a session. Idempotent."""
        ...

    async def forget_expired(self, now: datetime, limit: int) -> int:
        """Remove up to `limit` expired sessions and return how many there were."""
        ...


class Organizations(Protocol):
    async def add(self, organization: NewOrganization) -> Organization: ...

    async def get(self, organization_id: OrganizationId) -> Organization | None: ...

    async def page(self, member: UserId | None, after: OrganizationId | None, limit: int) -> list[Organization]:
        """Return organizations by id, after one of them; only those of a member, if one is named."""
        ...

    async def lock(self, organization_id: OrganizationId) -> Organization | None:
        """Return an organization nobody else changes until the transaction ends."""
        ...

    async def save(self, organization: Organization) -> Organization:
        """Keep its name and description; its version goes up."""
        ...

    async def has_member(self, organization_id: OrganizationId, user_id: UserId) -> bool: ...

    async def members(self, organization_id: OrganizationId, after: UserId | None, limit: int) -> list[Member]:
        """Return members by their users' ids, after one of them."""
        ...

    async def add_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        """Add a user to an organization. Idempotent. Both have to exist."""
        ...

    async def remove_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        """Remove a member. No effect if the user does not belong to the organization."""
        ...

    async def remove_from_all(self, user_id: UserId) -> None:
        """Remove a user from all organizations."""
        ...


class Guests(Protocol):
    async def admit(self, guest: Guest) -> UserId:
        """Return the user known to this guest's counter by their name: this one, unless there is one already.

        Of many at once for the same name, one is made.
        """
        ...

    async def get(self, user_id: UserId) -> Guest | None:
        """Return a guest, None for a user who is none."""
        ...


class ApiKeys(Protocol):
    async def add(self, key: NewApiKey) -> ApiKey: ...

    async def with_digest(self, digest: bytes) -> ApiKey | None:
        """Return the key with this digest, revoked or not."""
        ...

    async def all(self) -> list[ApiKey]:
        """Return all keys by id, so from the oldest on. There are few."""
        ...

    async def revoke(self, key_id: ApiKeyId) -> bool:
        """Revoke an API key. Idempotent: the first revocation time is kept. Return False if there is no such key."""
        ...

    async def mark_used(self, key_id: ApiKeyId, day: date) -> None:
        """Note that a key was used on a day."""
        ...


class Limiter(Protocol):
    """Counts by limit and by `who`, a short text: an address, or the digest of an account.

    Every method raises `StoreWriteFailed` where the counts cannot be reached.
    """

    async def take(self, limit: Limit, who: str) -> Taken:
        """Count one more, unless `limit.most` were counted in the present window.

        At most `limit.most` of simultaneous calls are allowed. A refused call counts nothing and does not
        prolong the window. Nothing is kept of a window that has ended.
        """
        ...

    async def give_back(self, limit: Limit, who: str) -> None:
        """Take one from what was counted in the present window. Nothing happens where nothing was counted."""
        ...

    async def count(self, limit: Limit, who: str) -> int:
        """Return how many were counted in the present window, 0 where there is none."""
        ...

    async def forget(self, limit: Limit, who: str) -> None:
        """Start anew: the next call of `take` opens a window. Idempotent."""
        ...
