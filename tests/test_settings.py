"""The settings: what is read, what is refused and in which words, and that their page tells all of it.

`python -m tests.test_settings` writes the page anew.
"""

from dataclasses import MISSING, Field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.services.upkeep.inventory import UNSERVED_AFTER
from booked.domain.services.upkeep.upkeep import AWAY_AFTER, VOIDED_KEPT
from booked.setting_forms import written
from booked.settings import (
    LONGEST_REST,
    SECRET_BYTES,
    InvalidSettings,
    Settings,
    setting,
    unknown_variables,
    variable,
)

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
INTRODUCTION = """\
# Settings

Booked is set up with environment variables. An empty variable counts as absent. A value that makes no sense keeps
Booked from starting and is named; a variable that starts with `BOOKED_` and is none of these is warned of.
`booked serve` needs none of them.

| Variable | What it is | What it may be | Without it |
|---|---|---|---|
"""
COOL_DOWN = """
## The cool-down

Who reserves tickets again and again and lets them lapse keeps them from others. So a user who lets three reservations
of an event lapse in a row has to wait before the next one of that event: it is answered 429 SYS-08, and `Retry-After`
says for how long.

- A reservation lapses if none of it is booked until its deadline. One that is given back in the last tenth of its time
  counts as well.
- The wait begins when the third one lapses, and is a tenth of `BOOKED_HOLD_TTL`. It doubles with each further one, up
  to six times `BOOKED_HOLD_TTL`: by default 1, 2, 4, 8, 16, 32 and 60 minutes.
- A booking of that event ends the row, and so do a day in which none lapses, and a repair of the event.
- Offers from the waitlist that lapse do not count, nor does what the user could not book: what lapsed before a repair,
  and tickets whose booking was under way and was given up without being refused.
- What is offered to the user can be reserved all the same, and a reservation that is still held can get more tickets.
- It holds for those for whom `BOOKED_RESERVATIONS_PER_MINUTE` does: for `/ticket/reserve/` and
  `/api/v1/reservations/`, and not for requests from a trusted proxy itself. Who books in one request without reserving
  first never waits.
"""
STORES = {
    "BOOKED_DATABASE_URL": "postgresql://booked@db.example.com/booked",
    "BOOKED_REDIS_URL": "redis://valkey.example.com",
}
A_SECRET = "s" * SECRET_BYTES


def page() -> str:
    return INTRODUCTION + "".join(_row(about) for about in fields(Settings)) + COOL_DOWN


def _row(about: Field[Any]) -> str:
    sentence, expects = setting(about).sentence, setting(about).form.expects
    return f"| `{variable(about)}` | {sentence} | {expects} | {_without_it(about)} |\n"


def _without_it(about: Field[Any]) -> str:
    return setting(about).unset or f"`{written(about.default)}`"


def test_the_page_of_settings_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.test_settings"


@pytest.mark.parametrize("about", fields(Settings), ids=lambda about: about.name)
def test_every_setting_says_what_it_is_and_what_holds_without_it(about: Field[Any]) -> None:
    has_default = about.default is not MISSING and about.default is not None

    assert setting(about).sentence.endswith((".", "…"))
    assert has_default or setting(about).unset


def test_nothing_needs_to_be_set() -> None:
    settings = Settings.from_env({})

    assert settings.embedded
    assert settings.hold_ttl == timedelta(minutes=10)
    assert 1 <= settings.workers <= 4


def test_what_was_written_is_read_again() -> None:
    settings = Settings(
        database_url="postgresql:///booked?host=%2Ftmp",
        redis_url="unix:///tmp/valkey.sock",
        data_dir=Path("/srv/booked"),
        jwt_secret=A_SECRET,
        workers=3,
        tickets_per_user=6,
        conceal_accounts=True,
        upkeep_interval=timedelta(milliseconds=250),
        token_ttl=timedelta(days=7),
        logins_per_minute=None,
        registrations_per_minute=5,
        trusted_proxies=(),
        metrics_readers=(),
        allowed_origins=("https://shop.example", "http://[::1]:3000"),
    )

    assert Settings.from_env(settings.to_env()) == settings


NUMBERS = [f"{number}" for number in (0, 1, 2, 30, 59, 60, 443, 3600, 31_536_000)] + [
    *("0.00005", "0.000001", "0.05", "0.1", "0.3333333", "1.0", "1.000001", "29.999999999", "59.999999"),
]
TEXTS = [
    *NUMBERS,
    *("off", "OFF", "true", "False", "DEBUG", "json", "open", "Europe/Berlin", "/srv/tickets of ours", "a" * 40, "böx"),
    *("10.0.0.0/8", "::1,192.168.0.1", "https://Shop.example:443, http://[::1]:3000", "https://tickets.example/"),
]


@pytest.mark.parametrize("about", fields(Settings), ids=lambda about: about.name)
def test_what_is_accepted_is_accepted_again_as_it_is_handed_on(about: Field[Any]) -> None:
    accepted = [settings for text in TEXTS if (settings := _with(about, text)) is not None]

    assert accepted or about.name in {"database_url", "redis_url", "admin_email", "admin_password"}
    assert [Settings.from_env(settings.to_env()) for settings in accepted] == accepted


@given(microseconds=st.integers(0, 60_000_000))
def test_every_duration_is_handed_on_as_it_is(microseconds: int) -> None:
    settings = Settings(public_read_age=timedelta(microseconds=microseconds))

    assert Settings.from_env(settings.to_env()) == settings


def _with(about: Field[Any], text: str) -> Settings | None:
    """The settings with this value of one of them, if it is accepted."""
    try:
        return Settings.from_env({variable(about): text})
    except InvalidSettings:
        return None


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_env({"BOOKED_HOLD_TTL": "", "BOOKED_JWT_SECRET": ""}) == Settings()


def test_no_token_lasts_longer_than_its_voiding_is_remembered() -> None:
    longest = int(VOIDED_KEPT.total_seconds())

    assert Settings.from_env({"BOOKED_TOKEN_TTL": str(longest)}).token_ttl == VOIDED_KEPT
    with pytest.raises(InvalidSettings):
        Settings.from_env({"BOOKED_TOKEN_TTL": str(longest + 1)})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BOOKED_HOLD_TTL", "abc", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_HOLD_TTL", "0", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_HOLD_TTL", "1.5", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_HOLD_TTL", "-1", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_HOLD_TTL", "1e3", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_HOLD_TTL", "６０", "a whole number of seconds from 1 to 86400"),
        ("BOOKED_PORT", "65536", "a whole number from 1 to 65535"),
        ("BOOKED_DATABASE_TIMEOUT", "nan", "a number of seconds from 0.1 to 60"),
        ("BOOKED_DATABASE_TIMEOUT", "0.01", "a number of seconds from 0.1 to 60"),
        ("BOOKED_WAITLIST_INTERVAL", "31", "a number of seconds from 0.05 to 30"),
        ("BOOKED_UPKEEP_INTERVAL", "61", "a number of seconds from 0.05 to 30"),
        ("BOOKED_CONCEAL_ACCOUNTS", "yes", "true or false"),
        ("BOOKED_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("BOOKED_HOST", "a\nb", "an address"),
        ("BOOKED_LOGINS_PER_MINUTE", "0", "a whole number of logins from 1 to 1000000, or off"),
        ("BOOKED_TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks with commas between them, or off"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_expected(name: str, value: str, expected: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Settings.from_env({name: value})

    assert str(refusal.value) == f'{name} must be {expected}, not "{value}".'


@pytest.mark.parametrize("absence", [UNSERVED_AFTER, AWAY_AFTER])
def test_a_worker_that_rests_does_not_count_as_away(absence: timedelta) -> None:
    # As long again is left for the round.
    assert 2 * timedelta(seconds=LONGEST_REST) <= absence


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "shop.example",
        "https://",
        "https://shop.example/",
        "https://shop.example/cart",
        "https://shop.example?x",
        "https://ann@shop.example",
        "https://*.shop.example",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shöp.example",
        "ftp://shop.example",
        "https://shop.example,",
        "https://shop.example https://other.example",
    ],
)
def test_what_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Settings.from_env({"BOOKED_ALLOWED_ORIGINS": value})

    expected = "origins like https://shop.example with commas between them and no path, or off"
    shown = value if len(value) <= 40 else value[:40] + "…"
    assert str(refusal.value) == f'BOOKED_ALLOWED_ORIGINS must be {expected}, not "{shown}".'


def test_origins_are_kept_as_browsers_write_them() -> None:
    text = "https://Shop.example:443, http://localhost:3000,http://[::1]:80,https://a.example:80"

    assert Settings.from_env({"BOOKED_ALLOWED_ORIGINS": text}).allowed_origins == (
        "https://shop.example",
        "http://localhost:3000",
        "http://[::1]",
        "https://a.example:80",
    )
    assert Settings.from_env({"BOOKED_ALLOWED_ORIGINS": "off"}).allowed_origins == ()


@pytest.mark.parametrize("place", ["db:abc", "db:65536", "db:0", "ann:hunter2@db:54e2", "[::1]:x", "db,db2:99999"])
def test_a_url_with_a_port_that_is_none_is_refused(place: str) -> None:
    for name, scheme in (("BOOKED_DATABASE_URL", "postgresql"), ("BOOKED_REDIS_URL", "redis")):
        with pytest.raises(InvalidSettings) as refusal:
            Settings.from_env(STORES | {name: f"{scheme}://{place}/booked"})

        assert str(refusal.value).startswith(f"{name} must be a URL like {scheme}://…")


@pytest.mark.parametrize(
    "place", ["db", "db:5432", "[::1]:5432", "ann:p%40ss:word@db:5432", "db:5432,db2:5433", "", "ann@"]
)
def test_a_url_may_name_places_in_every_usual_way(place: str) -> None:
    url = f"postgresql://{place}/booked?host=/run/postgresql"

    assert Settings.from_env(STORES | {"BOOKED_DATABASE_URL": url}).database_url == url


def test_the_nodes_of_a_cluster_stand_apart_by_commas() -> None:
    urls = "redis://ann:p,w@one:6379,rediss://two/0"

    assert Settings.from_env(STORES | {"BOOKED_REDIS_URL": urls}).redis_url == urls
    for wrong in ("redis://one,http://two", "redis://one,redis://two:0"):
        with pytest.raises(InvalidSettings):
            Settings.from_env(STORES | {"BOOKED_REDIS_URL": wrong})


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Settings.from_env({"BOOKED_PORT": "x", "BOOKED_WORKERS": "0"})

    assert str(refusal.value).count("\n") == 1


def test_a_wrong_value_is_not_repeated_at_length() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Settings.from_env({"BOOKED_PORT": "9" * 100_000})

    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize("secret", ["short", "é" * (SECRET_BYTES // 2 - 1)])
def test_a_short_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(InvalidSettings, match="BOOKED_JWT_SECRET must be at least 32 bytes") as refusal:
        Settings.from_env({"BOOKED_JWT_SECRET": secret})

    assert secret not in str(refusal.value)


def test_a_wrong_url_is_refused_and_its_password_not_shown() -> None:
    with pytest.raises(InvalidSettings, match="BOOKED_DATABASE_URL must be a URL like postgresql://") as refusal:
        Settings.from_env(STORES | {"BOOKED_DATABASE_URL": "mysql://ann:hunter2@db/booked"})

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("name", STORES)
def test_one_store_without_the_other_is_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match="belong together"):
        Settings.from_env({name: STORES[name]})


def test_an_admin_without_a_password_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="belong together"):
        Settings.from_env({"BOOKED_ADMIN_EMAIL": "ann@example.com"})


def test_nobody_signs_without_a_secret() -> None:
    settings = Settings.from_env(STORES)

    with pytest.raises(InvalidSettings, match="BOOKED_JWT_SECRET must be set"):
        settings.signing_secret()
    assert Settings.from_env(STORES | {"BOOKED_JWT_SECRET": A_SECRET}).signing_secret() == A_SECRET


def test_embedded_stores_have_no_urls_until_they_run() -> None:
    with pytest.raises(InvalidSettings):
        Settings().stores()
    assert Settings.from_env(STORES).stores() == tuple(STORES.values())


def test_secrets_are_not_part_of_the_representation() -> None:
    settings = Settings.from_env(
        {
            "BOOKED_DATABASE_URL": "postgresql://ann:hunter2@db/booked",
            "BOOKED_REDIS_URL": "redis://:hunter2@valkey",
            "BOOKED_JWT_SECRET": "hunter2" * 5,
            "BOOKED_ADMIN_EMAIL": "ann@example.com",
            "BOOKED_ADMIN_PASSWORD": "hunter2hunter2",
        }
    )

    assert "hunter2" not in repr(settings)


def test_a_misspelt_variable_is_warned_of() -> None:
    environ = {"BOOKED_HOLDTTL": "5", "BOOKED_QQQ": "1", "BOOKED_HOLD_TTL": "5", "HOME": "/"}

    assert list(unknown_variables(environ)) == [
        "There is no setting BOOKED_HOLDTTL. Did you mean BOOKED_HOLD_TTL?",
        "There is no setting BOOKED_QQQ. docs/settings.md lists every setting.",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
