"""Registering, logging in, and knowing who is asking."""

from dataclasses import replace

import pytest

from booked.domain.errors import (
    BookedError,
    Busy,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    InvalidPassword,
    InvalidToken,
    LastAdmin,
    NoSuchUser,
    NotAnAdmin,
    PasswordRefused,
    RightsChanged,
    UserNotFound,
)
from booked.domain.model.people.users import Identity, NameChanges, Role, User
from booked.domain.services.people.accounts import CLOCKS_APART
from tests.builders import a_user_id
from tests.services.box_office import TOKEN_TTL, BoxOffice

PASSWORD = "a good one"


@pytest.fixture
async def registered(office: BoxOffice) -> User:
    return await office.accounts.register("Ann", "ann@example.com", PASSWORD)


def identity_of(user: User) -> Identity:
    return Identity(user.id, user.role, user.token_version)


async def test_who_registers_can_log_in(office: BoxOffice, registered: User) -> None:
    token = await office.accounts.log_in("ANN@example.com", PASSWORD)

    assert office.tokens.verify(token) == identity_of(registered)
    assert registered.role is Role.USER
    assert registered.password_hash != PASSWORD


@pytest.mark.parametrize(
    ("name", "email", "password", "error"),
    [
        ("", "ann@example.com", PASSWORD, EmptyName),
        ("Ann", "", PASSWORD, EmptyEmail),
        ("Ann", "ann", PASSWORD, InvalidEmail),
        ("Ann", "ann@example.com", "", EmptyPassword),
        ("Ann", "ann@example.com", "short", PasswordRefused),
    ],
)
async def test_who_cannot_have_an_account_gets_none(
    office: BoxOffice, name: str, email: str, password: str, error: type[BookedError]
) -> None:
    with pytest.raises(error):
        await office.accounts.register(name, email, password)

    assert await office.database.users.by_email("ann@example.com") is None


async def test_an_address_has_one_account(office: BoxOffice, registered: User) -> None:
    with pytest.raises(EmailTaken):
        await office.accounts.register("Ann's twin", "Ann@Example.com", PASSWORD)


async def test_a_wrong_password_is_refused(office: BoxOffice, registered: User) -> None:
    with pytest.raises(InvalidPassword):
        await office.accounts.log_in("ann@example.com", "a bad one")


@pytest.mark.parametrize("email", ["nobody@example.com", "no address at all", "x" * 300 + "@example.com"])
async def test_an_unknown_address_is_told_from_a_wrong_password_unless_accounts_are_concealed(email: str) -> None:
    open_office, concealing = BoxOffice(), BoxOffice(conceal_accounts=True)

    with pytest.raises(UserNotFound):
        await open_office.accounts.log_in(email, PASSWORD)
    with pytest.raises(InvalidPassword):
        await concealing.accounts.log_in(email, PASSWORD)


async def test_an_unknown_address_costs_the_same_work_as_a_wrong_password(office: BoxOffice, registered: User) -> None:
    for email in ("nobody@example.com", "no address at all"):
        with pytest.raises(UserNotFound):
            await office.accounts.log_in(email, PASSWORD)
    with pytest.raises(InvalidPassword):
        await office.accounts.log_in("ann@example.com", "a bad one")

    assert office.passwords.checked == [None, None, registered.password_hash]


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [("", PASSWORD, EmptyEmail), ("ann@example.com", "", EmptyPassword), ("ann@example.com", "\0", PasswordRefused)],
)
async def test_logging_in_with_what_nobody_can_have_is_refused_before_any_work(
    office: BoxOffice, email: str, password: str, error: type[BookedError]
) -> None:
    with pytest.raises(error):
        await office.accounts.log_in(email, password)

    assert office.passwords.checked == []


async def test_a_login_that_finds_the_hasher_full_does_not_reach_the_database(
    office: BoxOffice, registered: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.passwords.full = True
    monkeypatch.delattr(type(office.database.users), "by_email")

    with pytest.raises(Busy):
        await office.accounts.log_in("ann@example.com", PASSWORD)


async def test_an_old_password_that_would_be_too_short_today_is_good_for_logging_in(office: BoxOffice) -> None:
    user = await office.accounts.register("Ann", "ann@example.com", PASSWORD)
    await office.database.users.promote(user.id, Role.USER, await office.passwords.hash("short"))

    assert await office.accounts.log_in("ann@example.com", "short")


async def test_the_first_admin_is_made(office: BoxOffice) -> None:
    admin = await office.accounts.ensure_admin("Admin", "admin@example.com", PASSWORD)

    assert admin.role is Role.ADMIN
    assert await office.accounts.require_role(identity_of(admin), Role.ADMIN) == admin


async def test_making_an_admin_again_changes_nothing(office: BoxOffice) -> None:
    admin = await office.accounts.ensure_admin("Admin", "admin@example.com", PASSWORD)

    again = await office.accounts.ensure_admin("Admin", "ADMIN@example.com", PASSWORD)

    assert again == admin


async def test_a_user_can_be_made_an_admin(office: BoxOffice, registered: User) -> None:
    admin = await office.accounts.ensure_admin("Somebody", "ann@example.com", "another one")

    assert (admin.id, admin.name, admin.role) == (registered.id, "Ann", Role.ADMIN)
    assert await office.accounts.log_in("ann@example.com", "another one")
    with pytest.raises(InvalidToken):  # what was issued before is void
        await office.accounts.require_role(identity_of(registered), Role.ADMIN)


async def test_an_admins_password_can_be_set_anew(office: BoxOffice) -> None:
    admin = await office.accounts.ensure_admin("Admin", "admin@example.com", PASSWORD)

    await office.accounts.ensure_admin("Admin", "admin@example.com", "another one")

    with pytest.raises(InvalidPassword):
        await office.accounts.log_in("admin@example.com", PASSWORD)
    assert await office.accounts.log_in("admin@example.com", "another one")
    assert (await office.accounts.voided_tokens()).lowest_valid == {admin.id: admin.token_version + 1}


async def test_an_admins_password_obeys_the_rules(office: BoxOffice, registered: User) -> None:
    with pytest.raises(PasswordRefused):
        await office.accounts.ensure_admin("Ann", "ann@example.com", "short")


async def test_the_database_says_who_is_an_admin_whatever_the_token_says(office: BoxOffice, registered: User) -> None:
    claims_more = replace(identity_of(registered), role=Role.ADMIN)
    admin = await office.accounts.ensure_admin("Admin", "admin@example.com", PASSWORD)
    claims_less = replace(identity_of(admin), role=Role.USER)

    with pytest.raises(NotAnAdmin):
        await office.accounts.require_role(claims_more, Role.ADMIN)
    assert await office.accounts.require_role(claims_less, Role.ADMIN) == admin


async def test_a_token_of_nobody_is_invalid(office: BoxOffice) -> None:
    with pytest.raises(InvalidToken):
        await office.accounts.require_role(Identity(a_user_id(), Role.ADMIN, 0), Role.ADMIN)


async def test_a_role_is_given_by_address(office: BoxOffice, registered: User) -> None:
    given = await office.accounts.grant_to(" ANN@example.com", Role.ORGANIZER)

    assert (given.id, given.role) == (registered.id, Role.ORGANIZER)
    for email in ("zoe@example.com", "no address"):
        with pytest.raises(UserNotFound):
            await office.accounts.grant_to(email, Role.ORGANIZER)


async def test_a_token_from_before_a_change_of_role_says_so(office: BoxOffice, registered: User) -> None:
    before = identity_of(registered)
    organizer = await office.accounts.grant(registered.id, Role.ORGANIZER)

    with pytest.raises(RightsChanged):
        await office.accounts.present(before)

    assert await office.accounts.present(identity_of(organizer)) == organizer


async def test_voided_tokens_are_remembered_until_they_expire(office: BoxOffice, registered: User) -> None:
    admin = await office.accounts.ensure_admin("Ann", "ann@example.com", "another one")

    remembered = await office.accounts.voided_tokens()
    office.clock.advance(TOKEN_TTL)
    forgotten = await office.accounts.voided_tokens()

    assert remembered.lowest_valid == {registered.id: admin.token_version}
    assert forgotten.lowest_valid == {}


async def test_voided_tokens_are_told_once(office: BoxOffice, registered: User) -> None:
    ben = await office.accounts.sign_up("ben@example.com", PASSWORD)
    await office.accounts.grant(registered.id, Role.ORGANIZER)
    office.clock.advance(CLOCKS_APART)

    first = await office.accounts.voided_tokens()
    second = await office.accounts.voided_tokens(first)
    await office.accounts.grant(ben.id, Role.ORGANIZER)
    third = await office.accounts.voided_tokens(second)

    assert [voided.lowest_valid.keys() for voided in (first, second, third)] == [{registered.id}, set(), {ben.id}]


async def test_names_may_be_left_out_when_signing_up(office: BoxOffice) -> None:
    nameless = await office.accounts.sign_up("ann@example.com", PASSWORD)
    named = await office.accounts.sign_up("ben@example.com", PASSWORD, " Ben ", " Baker ")

    assert (nameless.first_name, nameless.last_name, nameless.name) == ("", "", "ann")
    assert (named.first_name, named.last_name, named.name) == ("Ben", "Baker", "Ben Baker")
    assert {nameless.role, named.role} == {Role.USER}


@pytest.mark.parametrize(
    ("email", "password", "name", "error"),
    [
        ("", PASSWORD, "", EmptyEmail),
        ("ann", PASSWORD, "", InvalidEmail),
        ("ann@example.com", "short", "", PasswordRefused),
        ("ann@example.com", PASSWORD, "a" * 201, EmptyName),
        ("ann@example.com", PASSWORD, "\0", EmptyName),
    ],
)
async def test_who_cannot_sign_up_gets_no_account(
    office: BoxOffice, email: str, password: str, name: str, error: type[BookedError]
) -> None:
    for names in ((name, ""), ("", name)):
        with pytest.raises(error):
            await office.accounts.sign_up(email, password, *names)

    assert await office.database.users.page(None, 10) == []


async def test_one_is_renamed_as_far_as_one_says(office: BoxOffice, registered: User) -> None:
    identity = identity_of(registered)

    renamed = await office.accounts.rename(identity, NameChanges(last_name=" Archer "))
    with pytest.raises(EmptyName):
        await office.accounts.rename(identity, NameChanges(first_name="a\0"))
    with pytest.raises(InvalidToken):
        await office.accounts.rename(replace(identity, token_version=7), NameChanges(first_name="Ben"))

    assert renamed.name == "Ann Archer"
    assert await office.accounts.present(identity) == renamed


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_do_what_lower_ones_may(office: BoxOffice, registered: User, role: Role) -> None:
    user = await office.database.users.set_role(registered.id, role)
    ranks = [Role.USER, Role.ORGANIZER, Role.ADMIN]

    for needed in ranks[: ranks.index(role) + 1]:
        assert await office.accounts.require_role(identity_of(user), needed) == user
    for needed in ranks[ranks.index(role) + 1 :]:
        with pytest.raises(NotAnAdmin, match=f"This needs the role {needed}."):
            await office.accounts.require_role(identity_of(user), needed)


async def test_a_given_role_voids_tokens_and_leaves_sessions(office: BoxOffice, registered: User) -> None:
    pair = await office.sessions.log_in("ann@example.com", PASSWORD)

    organizer = await office.accounts.grant(registered.id, Role.ORGANIZER)

    assert (organizer.role, organizer.token_version) == (Role.ORGANIZER, 1)
    with pytest.raises(InvalidToken):
        await office.accounts.present(identity_of(registered))
    renewed = await office.sessions.refresh(pair.refresh)
    assert office.tokens.verify(renewed.access) == identity_of(organizer)


async def test_giving_a_role_again_changes_nothing(office: BoxOffice, registered: User) -> None:
    assert await office.accounts.grant(registered.id, Role.USER) == registered
    with pytest.raises(NoSuchUser):
        await office.accounts.grant(a_user_id(), Role.ADMIN)


async def test_there_is_always_an_admin(office: BoxOffice, registered: User) -> None:
    first = await office.accounts.grant(registered.id, Role.ADMIN)
    for role in (Role.USER, Role.ORGANIZER):
        with pytest.raises(LastAdmin):
            await office.accounts.grant(first.id, role)

    second = await office.accounts.ensure_admin("Admin", "admin@example.com", PASSWORD)
    await office.accounts.grant(first.id, Role.USER)

    with pytest.raises(LastAdmin):
        await office.accounts.grant(second.id, Role.USER)


async def test_users_are_listed_or_found_by_address(office: BoxOffice, registered: User) -> None:
    ben = await office.accounts.sign_up("ben@example.com", PASSWORD)

    assert await office.accounts.page(None, None, 10) == [registered, ben]
    assert await office.accounts.page(None, registered.id, 10) == [ben]
    assert await office.accounts.page("BEN@example.com", None, 10) == [ben]
    assert await office.accounts.page("cleo@example.com", None, 10) == []
    assert await office.accounts.page("nonsense", None, 10) == []
