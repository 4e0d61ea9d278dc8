"""Registering, logging in, knowing who is asking, and what they may do."""

from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import (
    BookedError,
    InvalidEmail,
    InvalidPassword,
    InvalidToken,
    LastAdmin,
    NoSuchUser,
    RightsChanged,
    UserNotFound,
)
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import (
    Identity,
    NameChanges,
    NewUser,
    Role,
    User,
    Voided,
    require_email,
    require_hashable,
    require_known_email,
    require_name,
    require_part_of_name,
    require_password,
    require_role,
)
from booked.ports.database import Database
from booked.ports.people import Users
from booked.ports.security import PasswordHasher, Tokens
from booked.ports.system import Clock, Ids

CLOCKS_APART = timedelta(seconds=10)  # at most, those of this machine and of the database


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountService:
    """`conceal_accounts` makes an unknown e-mail address answer like a wrong password."""

    database: Database
    passwords: PasswordHasher
    tokens: Tokens
    ids: Ids
    clock: Clock
    password_min_length: int
    conceal_accounts: bool
    token_ttl: timedelta

    async def register(self, name: str, email: str, password: str, role: Role = Role.USER) -> User:
        """Make an account for somebody who goes by a single name."""
        return await self._add(require_name(name), "", email, password, role)

    async def sign_up(self, email: str, password: str, first_name: str = "", last_name: str = "") -> User:
        """Make an account for somebody who may leave out either name."""
        names = require_part_of_name(first_name), require_part_of_name(last_name)
        return await self._add(*names, email, password, Role.USER)

    async def log_in(self, email: str, password: str) -> str:
        """Return a token for the user. Raises `UserNotFound` or `InvalidPassword`, both after the same work."""
        unknown = InvalidPassword if self.conceal_accounts else UserNotFound
        return self.tokens.issue(await self.authenticate(email, password, unknown))

    async def authenticate(self, email: str, password: str, unknown: type[BookedError] = InvalidPassword) -> User:
        """Return the user with this address and password.

        Raises `InvalidPassword`, or `unknown` after the same work.
        """
        # The place comes first: those who find none ask the database nothing.
        with self.passwords.place() as place:
            user = await user_known_as(self.database.users, email)
            right = await place.verify(require_hashable(password), user.password_hash if user else None)
        if user is None:
            raise unknown
        if not right:
            raise InvalidPassword
        return user

    async def ensure_admin(self, name: str, email: str, password: str) -> User:
        """Make an admin's account with this e-mail address and password, or make an existing account one."""
        known = await self.database.users.by_email(require_email(email))
        if known is None:
            return await self.register(name, email, password, Role.ADMIN)
        if known.role is Role.ADMIN and await self.passwords.verify(password, known.password_hash):
            return known
        password_hash = await self.passwords.hash(require_password(password, self.password_min_length))
        return await self.database.users.promote(known.id, Role.ADMIN, password_hash)

    async def present(self, identity: Identity) -> User:
        """Return the user behind a token, as the database knows them now.

        Raises `InvalidToken` if the token is void, `RightsChanged` if the user has another role now.
        """
        user = await self.database.users.by_id(identity.user_id)
        if user is None or user.token_version != identity.token_version:
            raise RightsChanged if user and user.role is not identity.role else InvalidToken
        return user

    async def require_role(self, identity: Identity, needed: Role) -> User:
        """Return the user behind a token if the database knows them to have a role, whatever the token claims.

        Raises `InvalidToken` or `NotAnAdmin`.
        """
        user = await self.present(identity)
        require_role(user, needed)
        return user

    async def rename(self, identity: Identity, changes: NameChanges) -> User:
        user = await self.present(identity)
        usable = NameChanges(
            first_name=None if changes.first_name is None else require_part_of_name(changes.first_name),
            last_name=None if changes.last_name is None else require_part_of_name(changes.last_name),
        )
        renamed = await self.database.users.rename(user.id, usable)
        if renamed is None:
            raise InvalidToken
        return renamed

    async def page(self, email: str | None, after: UserId | None, limit: int) -> list[User]:
        """Return users from the oldest account on; with an e-mail address, only its owner."""
        if email is None:
            return await self.database.users.page(after, limit)
        user = await user_known_as(self.database.users, email)
        return [user] if user else []

    async def search(self, part: str, after: UserId | None, limit: int) -> list[User]:
        """Return users with this in their names or e-mail address, from the oldest account on."""
        return await self.database.users.page(after, limit, part.strip())

    async def get(self, user_id: UserId) -> User:
        """Return a user. Raises `NoSuchUser`."""
        user = await self.database.users.by_id(user_id)
        if user is None:
            raise NoSuchUser
        return user

    async def by_email(self, email: str) -> User:
        """Return the user with this e-mail address. Raises `UserNotFound`."""
        user = await user_known_as(self.database.users, email)
        if user is None:
            raise UserNotFound
        return user

    async def grant(self, user_id: UserId, role: Role) -> User:
        """Give a user a role and void their tokens. Raises `NoSuchUser`, or `LastAdmin` where none would be left."""
        async with self.database.transaction() as unit:
            # Locked together: of two admins who take the role from each other at once, one stays.
            locked = {user.id: user for user in await unit.users.lock_admins(user_id)}
            user = locked.get(user_id)
            if user is None:
                raise NoSuchUser
            if user.role is role:
                return user
            if user.role is Role.ADMIN and len(locked) == 1:
                raise LastAdmin
            if role is Role.USER:
                await unit.organizations.remove_from_all(user_id)
            return await unit.users.set_role(user_id, role)

    async def grant_to(self, email: str, role: Role) -> User:
        """Give the user with this e-mail address a role, as `grant` does. Raises `UserNotFound` or `LastAdmin`."""
        return await self.grant((await self.by_email(email)).id, role)

    async def voided_tokens(self, last: Voided | None = None) -> Voided:
        """Return whose unexpired tokens were voided; with `last`, only what may have come since that was read."""
        now, voided = self.clock.now(), self.database.voided_tokens
        # First: what is recorded after it may be read now and is read again the next time.
        mark = await voided.mark()
        if last is None:
            versions = await voided.since(now - self.token_ttl)
        else:
            # By time as well: where another server has taken over, it may count marks from further back.
            versions = await voided.since(last.read_at - CLOCKS_APART, last.mark)
        return Voided(versions, now, mark, expired_at=now + self.token_ttl)

    async def _add(self, first_name: str, last_name: str, email: str, password: str, role: Role) -> User:
        new = NewUser(
            id=UserId(str(self.ids.unique())),
            first_name=first_name,
            last_name=last_name,
            email=require_email(email),
            password_hash=await self.passwords.hash(require_password(password, self.password_min_length)),
            role=role,
        )
        return await self.database.users.add(new)


async def user_known_as(users: Users, email: str) -> User | None:
    """Return the user with this e-mail address. Raises `EmptyEmail`."""
    try:
        return await users.by_email(require_known_email(email))
    except InvalidEmail:  # nobody can have registered with it
        return None
