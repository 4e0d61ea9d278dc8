"""Registering, logging in, and knowing who is asking."""

from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import InvalidEmail, InvalidPassword, InvalidToken, UserNotFound
from booked.domain.model.ids import UserId
from booked.domain.model.users import (
    Identity,
    NewUser,
    Role,
    User,
    require_admin,
    require_email,
    require_hashable,
    require_name,
    require_password,
)
from booked.ports.database import Database
from booked.ports.security import PasswordHasher, Tokens
from booked.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True)
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
        new = NewUser(
            id=UserId(str(self.ids.unique())),
            name=require_name(name),
            email=require_email(email),
            password_hash=await self.passwords.hash(require_password(password, self.password_min_length)),
            role=role,
        )
        return await self.database.users.add(new)

    async def log_in(self, email: str, password: str) -> str:
        """A token for the user. Raises `UserNotFound` or `InvalidPassword`, both after the same work."""
        user = await self._known(email)
        right = await self.passwords.verify(require_hashable(password), user.password_hash if user else None)
        if user is None and not self.conceal_accounts:
            raise UserNotFound
        if user is None or not right:
            raise InvalidPassword
        return self.tokens.issue(user)

    async def ensure_admin(self, name: str, email: str, password: str) -> User:
        """The account of an admin with this e-mail address and password: made, or made of an account there is."""
        known = await self.database.users.by_email(require_email(email))
        if known is None:
            return await self.register(name, email, password, Role.ADMIN)
        if known.role is Role.ADMIN and await self.passwords.verify(password, known.password_hash):
            return known
        password_hash = await self.passwords.hash(require_password(password, self.password_min_length))
        return await self.database.users.promote(known.id, Role.ADMIN, password_hash)

    async def require_admin(self, identity: Identity) -> User:
        """The admin behind a token, as the database knows them now, whatever role the token claims."""
        user = await self.database.users.by_id(identity.user_id)
        if user is None or user.token_version != identity.token_version:
            raise InvalidToken
        require_admin(user)
        return user

    async def voided_tokens(self) -> dict[UserId, int]:
        """The lowest token version still good of each user whose unexpired tokens were voided."""
        return await self.database.users.revoked_since(self.clock.now() - self.token_ttl)

    async def _known(self, email: str) -> User | None:
        try:
            return await self.database.users.by_email(require_email(email))
        except InvalidEmail:  # nobody can have registered with it
            return None
