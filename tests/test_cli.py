"""The commands, run as their users run them, on embedded stores that are kept running for the purpose."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from booked.adapters.embedded import embedded_servers
from booked.adapters.postgres.migrations import migrations_dir
from booked.cli import COMMANDS
from booked.cli.demo import command
from booked.cli.verify import in_words
from booked.demo import live
from tests.running import PATIENCE, booked, environment, python_booked
from tests.servers import fresh_directory

PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores that run in a data directory, to which commands attach."""

    data_dir: Path
    database_url: str
    redis_url: str

    @property
    def option(self) -> str:
        return f"--data-dir={self.data_dir}"

    @property
    def settings(self) -> dict[str, str]:
        """The same stores, as somebody's own."""
        return {
            "BOOKED_DATABASE_URL": self.database_url,
            "BOOKED_REDIS_URL": self.redis_url,
            "BOOKED_JWT_SECRET": "s" * 32,
        }

    @asynccontextmanager
    async def database(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    """Empty: without tables."""
    with fresh_directory() as data_dir, embedded_servers(data_dir, durable=False) as servers:
        yield Stores(data_dir, servers.database_url, servers.redis_url)


@pytest.fixture(scope="module")
def demo() -> Iterator[Stores]:
    """With a demo in them."""
    with fresh_directory() as data_dir, embedded_servers(data_dir, durable=False) as servers:
        stores = Stores(data_dir, servers.database_url, servers.redis_url)
        done = booked("demo", stores.option)
        assert done.returncode == 0, done.stderr
        yield stores


def test_help_lists_every_command() -> None:
    shown = python_booked("--help")

    assert shown.returncode == 0
    assert all(f"\n  {command} " in shown.stdout for command in COMMANDS)
    assert "http" not in re.findall(r"(?m)^  (\S+)", shown.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = python_booked(command, "--help")

    assert shown.returncode == 0
    assert shown.stdout.startswith(f"Usage: booked {command}")


def test_the_version_is_told() -> None:
    assert python_booked("--version").stdout.startswith("Booked 0.")


def test_an_unknown_command_is_refused() -> None:
    refusal = booked("sell")

    assert refusal.returncode == 2
    assert "No such command 'sell'" in refusal.stderr


def test_a_wrong_setting_is_a_sentence() -> None:
    refusal = booked("migrate", settings={"BOOKED_HOLD_TTL": "abc"})

    assert refusal.returncode == 1
    assert refusal.stderr == ('Error: BOOKED_HOLD_TTL must be a whole number of seconds from 1 to 86400, not "abc".\n')


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--port=abc", '--port must be a whole number from 1 to 65535, not "abc".'),
        ("--workers=0", '--workers must be a whole number of processes from 1 to 64, not "0".'),
        ("--host=a..b", "There is no host a..b. Choose another one with --host."),
        ("--host=" + "a" * 64, f"There is no host {'a' * 64}. Choose another one with --host."),
    ],
)
def test_a_wrong_option_is_a_sentence_about_it(option: str, complaint: str) -> None:
    refusal = booked("serve", option)

    assert (refusal.returncode, refusal.stderr) == (1, f"Error: {complaint}\n")


@pytest.mark.parametrize("missing", ["BOOKED_JWT_SECRET", "BOOKED_DATABASE_URL"])
def test_http_workers_without_what_they_need_are_not_even_started(missing: str) -> None:
    settings = {
        "BOOKED_DATABASE_URL": "postgresql://127.0.0.1:1/booked",
        "BOOKED_REDIS_URL": "redis://127.0.0.1:1",
        "BOOKED_JWT_SECRET": "s" * 32,
    }
    del settings[missing]
    if missing == "BOOKED_DATABASE_URL":
        del settings["BOOKED_REDIS_URL"]

    refusal = booked("http", settings=settings)

    assert refusal.returncode == 1
    assert re.fullmatch(rf"Error: {missing} [^\n]+\n", refusal.stderr)


def test_a_misspelt_setting_is_warned_of(stores: Stores) -> None:
    done = booked("migrate", stores.option, settings={"BOOKED_HOLDTTL": "5"})

    assert done.returncode == 0
    assert "Did you mean BOOKED_HOLD_TTL?" in done.stderr


@pytest.mark.parametrize(
    "command", [["migrate"], ["verify"], ["create-admin", "--email=a@b.c", "--name=A", "--password=p"]]
)
def test_a_database_that_is_away_is_a_sentence(command: list[str]) -> None:
    away = {
        "BOOKED_DATABASE_URL": "postgresql://ann:hunter2@127.0.0.1:1/booked",
        "BOOKED_REDIS_URL": "redis://127.0.0.1:1",
        "BOOKED_JWT_SECRET": "s" * 32,
    }

    refusal = booked(*command, settings=away)

    assert refusal.returncode == 1
    assert re.fullmatch(r"Error: Postgres cannot be used: .*Check BOOKED_DATABASE_URL\.\n", refusal.stderr)
    assert "hunter2" not in refusal.stderr


def test_a_data_directory_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refusal = booked("migrate", f"--data-dir={tmp_path / 'file' / 'data'}")

    assert refusal.returncode == 1
    assert re.fullmatch(r"Error: [^\n]+\n", refusal.stderr)


async def test_migrate_says_what_it_did_and_can_be_repeated(stores: Stores) -> None:
    async with stores.database() as connection:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    first = booked("migrate", stores.option)
    second = booked("migrate", stores.option)

    applied = [f"Applied {path.stem}.\n" for path in sorted(migrations_dir().glob("*.sql"))]
    assert first.stdout == "".join(applied) + "The database's tables are up to date.\n"
    assert second.stdout == "The database's tables are up to date.\n"
    assert (first.returncode, second.returncode) == (0, 0)


async def test_a_database_of_ones_own_is_not_migrated_unasked(stores: Stores) -> None:
    async with stores.database() as connection:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    refusal = booked("verify", settings=stores.settings)

    assert refusal.returncode == 1
    assert refusal.stderr == "Error: The database's tables are not up to date. Run: booked migrate\n"
    assert booked("migrate", settings=stores.settings).returncode == 0
    assert booked("verify", settings=stores.settings).returncode == 0


async def test_stores_that_another_process_runs_are_not_migrated_unasked(demo: Stores) -> None:
    async with demo.database() as connection:
        [applied] = await connection.fetch(
            "DELETE FROM _pogo_migration"
            " WHERE migration_id = (SELECT max(migration_id) FROM _pogo_migration) RETURNING *"
        )
        before = await connection.fetchval("SELECT count(*) FROM _pogo_migration")

        refusal = booked("verify", demo.option)

        after = await connection.fetchval("SELECT count(*) FROM _pogo_migration")
        await connection.copy_records_to_table(
            "_pogo_migration", records=[tuple(applied)], columns=list(applied.keys())
        )
    assert refusal.returncode == 1
    assert refusal.stderr == "Error: The database's tables are not up to date. Run: booked migrate\n"
    assert after == before
    assert booked("verify", demo.option).returncode == 0


async def test_create_admin_makes_an_account_or_gives_one_the_role(stores: Stores) -> None:
    options = ["--email=root@example.com", "--name=Root", f"--password={PASSWORD}", stores.option]

    made = booked("create-admin", *options)
    again = booked("create-admin", *options)

    assert (made.returncode, again.returncode) == (0, 0)
    assert made.stdout == "root@example.com is an admin.\n"
    async with stores.database() as connection:
        assert await connection.fetchval("SELECT role FROM users WHERE email = 'root@example.com'") == "admin"


async def test_create_admin_asks_for_what_is_absent(stores: Stores) -> None:
    done = booked("create-admin", stores.option, stdin=f"asked@example.com\nAsked\n{PASSWORD}\n{PASSWORD}\n")

    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    async with stores.database() as connection:
        assert await connection.fetchval("SELECT first_name FROM users WHERE email = 'asked@example.com'") == "Asked"


def test_create_admin_refuses_what_cannot_be_an_account(stores: Stores) -> None:
    refusal = booked("create-admin", "--email=nobody", "--name=A", f"--password={PASSWORD}", stores.option)

    assert refusal.returncode == 1
    assert re.fullmatch(r"Error: .*e-mail address.* \(USER-10\)\n", refusal.stderr)


async def test_grant_gives_an_account_a_role(stores: Stores) -> None:
    booked("create-admin", "--email=First@example.com", "--name=A", f"--password={PASSWORD}", stores.option)
    booked("create-admin", "--email=second@example.com", "--name=B", f"--password={PASSWORD}", stores.option)

    for _ in range(2):
        done = booked("grant", "FIRST@example.com", "organizer", stores.option)

        assert (done.returncode, done.stdout) == (
            0,
            "First@example.com has the role organizer. If that is new, they have to log in again.\n",
        )
    async with stores.database() as connection:
        roles = await connection.fetch(
            "SELECT role FROM users WHERE email IN ('First@example.com', 'second@example.com')"
        )
        assert {row["role"] for row in roles} == {"organizer", "admin"}


def test_grant_refuses_unknown_addresses_and_roles(stores: Stores) -> None:
    for email in ("nobody@example.com", "nobody"):
        unknown = booked("grant", email, "organizer", stores.option)

        assert (unknown.returncode, unknown.stderr) == (
            1,
            "Error: There is no account with this e-mail address. Register first. (USER-03)\n",
        )
    no_role = booked("grant", "nobody@example.com", "boss", stores.option)
    assert no_role.returncode == 2
    assert "'boss' is not one of 'user', 'organizer', 'admin'." in no_role.stderr


async def test_an_api_key_is_told_once_listed_and_revoked(stores: Stores) -> None:
    made = booked("api-key", "create", "Agency [1]", stores.option)
    listed = booked("api-key", "list", stores.option)

    assert made.returncode == 0, made.stderr
    key = made.stdout.removesuffix("\n")
    assert re.fullmatch(r"bk_[A-Za-z0-9_-]{43}", key)
    [row] = [line for line in listed.stdout.splitlines() if "Agency" in line]
    id_ = row.split()[0]
    assert row.rstrip() == f"{id_}  Agency [1]  {key[:9]}…   {row.split()[4]}  never"
    assert key not in listed.stdout
    async with stores.database() as connection:
        [kept] = await connection.fetch("SELECT * FROM api_keys")
        assert (str(kept["id"]), kept["digest"]) == (id_, sha256(key.encode()).digest())
        assert key not in repr(kept)

    revoked = booked("api-key", "revoke", id_, stores.option)
    unknown = booked("api-key", "revoke", "01890000-0000-7000-8000-000000000000", stores.option)
    no_id = booked("api-key", "revoke", "x", stores.option)

    assert (revoked.returncode, revoked.stdout) == (0, f"{id_} is revoked.\n")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "Error: There is no API key with this id. See: booked api-key list\n",
    )
    assert no_id.stderr.endswith("(SYS-03)\n")
    assert re.search(r"never +\d{4}-\d\d-\d\d\n", booked("api-key", "list", stores.option).stdout)


@pytest.mark.parametrize("name", ["", " ", "a" * 201, "a\nb"])
def test_an_api_key_has_a_name_that_people_can_read(stores: Stores, name: str) -> None:
    refusal = booked("api-key", "create", name, stores.option)

    assert refusal.returncode == 1
    assert refusal.stderr.endswith("(USER-08)\n")


async def test_the_demo_adds_only_what_is_missing(demo: Stores) -> None:
    tables = (
        *("users", "organizations", "organization_members", "venues", "categories", "events", "ticket_types"),
        *("bookings", "tickets", "waitlist_entries"),
    )
    async with demo.database() as connection:
        before = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

        again = booked("demo", demo.option)

        assert again.returncode == 0
        assert "ada@example.com" in again.stdout
        assert [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before
        assert all(before)


def test_a_sale_to_watch_ends_by_itself(demo: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "THINKS", (0, 0))

    done = CliRunner().invoke(command, ["--live", "--visits=1", demo.option])

    assert done.exit_code == 0
    assert re.search(r"\d+ bookings of \d+ tickets", done.output)


async def test_the_demos_events_on_sale_are_still_to_come_and_one_is_sold_out(demo: Stores) -> None:
    async with demo.database() as connection:
        events = await connection.fetch(
            "SELECT seat_count, sold, starts_at > now() AS to_come FROM events WHERE status = 'published'"
        )
        waiting = await connection.fetchval("SELECT count(*) FROM waitlist_entries WHERE state = 'waiting'")

    assert len(events) >= 12
    assert all(event["to_come"] for event in events)
    assert [event["sold"] for event in events if event["sold"] == event["seat_count"]] == [123]
    assert waiting > 0


async def test_the_demo_has_something_of_everything(demo: Stores) -> None:
    """Each of these finds something."""
    found = {
        "a stadium": "venues WHERE capacity = 90000 AND jsonb_array_length(layout) > 100",
        "an arena": "blocks WHERE section IS NOT NULL GROUP BY event_id HAVING sum(last - first + 1) > 15000",
        "a theatre": "events WHERE seat_count BETWEEN 1000 AND 1200",
        "general admission only": """
            events WHERE NOT EXISTS (SELECT FROM blocks WHERE event_id = events.id AND section IS NOT NULL)""",
        "a tour with several dates": "events WHERE tour_name <> '' GROUP BY artist, tour_name HAVING count(*) > 2",
        "an early bird that can be caught": "ticket_types WHERE early_until > now()",
        "types at different prices": "ticket_types GROUP BY event_id HAVING count(DISTINCT price) > 2",
        "evenings that are over": "events WHERE status = 'completed' AND ends_at < now() AND sold > 0",
        "an evening that was called off": "events WHERE status = 'cancelled'",
        "an evening that is on sale later": "events WHERE status = 'published' AND sales_start > now()",
        "an evening of which some is sold": "events WHERE sold * 4 > seat_count AND sold < seat_count",
        "several currencies": "events HAVING count(DISTINCT currency) > 2",
        "every category": "categories HAVING count(*) = (SELECT count(DISTINCT category_id) FROM events)",
        "two organizations with an organizer each": """
            organization_members JOIN users ON id = user_id WHERE role = 'organizer' HAVING count(*) = 2""",
        "drafts": "events WHERE status = 'draft'",
        "blocked seats": "events WHERE blocked > 0",
        "a cancelled ticket": "tickets WHERE cancelled_at IS NOT NULL",
    }

    async with demo.database() as connection:
        missing = [what for what, source in found.items() if not await connection.fetch(f"SELECT FROM {source}")]

    assert missing == []


def test_verify_finds_nothing_where_nothing_is_wrong(demo: Stores) -> None:
    report = booked("verify", demo.option)

    assert report.returncode == 0
    assert report.stdout.startswith("Events: 17. Findings: 0.\n")


async def test_verify_finds_a_sold_ticket_on_offer_again(demo: Stores) -> None:
    event = await best_seller(demo)
    async with Redis.from_url(demo.redis_url) as client:
        await client.setbit(f"taken:{{{event}}}", 6, 0)

        report = booked("verify", demo.option)

        await client.setbit(f"taken:{{{event}}}", 6, 1)
    assert report.returncode == 1
    assert in_row(report.stdout, "sold tickets on offer again", "7")


async def test_verify_finds_a_ticket_kept_from_sale(demo: Stores) -> None:
    event = await best_seller(demo)
    async with demo.database() as connection:
        [row] = await connection.fetch(
            "DELETE FROM tickets WHERE event_id = $1 AND number = 7 AND cancelled_at IS NULL RETURNING *", event
        )

        report = booked("verify", demo.option)

        await connection.copy_records_to_table("tickets", records=[tuple(row)], columns=list(row.keys()))
    assert report.returncode == 1
    assert in_row(report.stdout, "tickets kept from sale", "7")
    assert in_row(report.stdout, "tickets sold are not those counted", "123 counted, 122 sold")


async def test_verify_finds_a_count_that_is_wrong(demo: Stores) -> None:
    event = await best_seller(demo)
    async with demo.database() as connection:
        await connection.execute("UPDATE events SET sold = sold - 1 WHERE id = $1", event)

        report = booked("verify", demo.option)

        await connection.execute("UPDATE events SET sold = sold + 1 WHERE id = $1", event)
    assert report.returncode == 1
    assert in_row(report.stdout, "tickets sold are not those counted", "122 counted, 123 sold")


async def test_verify_finds_an_older_epoch(demo: Stores) -> None:
    event = await best_seller(demo)
    async with Redis.from_url(demo.redis_url) as client:
        epoch = await client.hincrby(f"meta:{{{event}}}", "epoch", 5)

        report = booked("verify", demo.option)

        await client.hincrby(f"meta:{{{event}}}", "epoch", -5)
    assert report.returncode == 1
    assert in_row(report.stdout, "epochs differ", str(epoch))


async def test_verify_tells_which_events_it_could_only_look_at_in_part(demo: Stores) -> None:
    event = await best_seller(demo)
    async with Redis.from_url(demo.redis_url) as client:
        run = await client.hget(f"meta:{{{event}}}", "run")
        await client.hset(f"meta:{{{event}}}", "run", "an earlier one")

        report = booked("verify", demo.option)

        await client.hset(f"meta:{{{event}}}", "run", run)
    assert report.returncode == 0
    assert "not heard of 2 of the events" in " ".join(report.stdout.split())


def test_ticket_numbers_are_told_as_ranges() -> None:
    assert in_words([]) == ""
    assert in_words([3, 1, 2, 7]) == "1-3, 7"
    assert in_words(range(1, 101, 2)) == "1, 3, 5, 7, 9, 11, 13, 15, … (50 in all)"


def test_openapi_prints_the_document_or_writes_it(tmp_path: Path) -> None:
    printed = python_booked("openapi")
    written = booked("openapi", f"--output={tmp_path / 'openapi.json'}")

    document = json.loads(printed.stdout)
    assert document["openapi"].startswith("3.1")
    assert "/ticket/reserve/" in document["paths"]
    assert (written.returncode, written.stdout) == (0, "")
    assert json.loads((tmp_path / "openapi.json").read_text()) == document


def test_openapi_tells_where_it_cannot_write(tmp_path: Path) -> None:
    refusal = booked("openapi", f"--output={tmp_path / 'nowhere' / 'openapi.json'}")

    assert refusal.returncode == 1
    assert refusal.stderr == f"Error: {tmp_path / 'nowhere' / 'openapi.json'}: No such file or directory.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no file here that is always full")
def test_a_disk_that_is_full_is_not_blamed_on_the_database() -> None:
    refusal = booked("openapi", "--output=/dev/full")

    assert refusal.returncode == 1
    assert refusal.stderr == "Error: Nothing more can be written: No space left on device.\n"


def test_a_locale_that_is_not_utf_8_does_not_matter() -> None:
    shown = python_booked("serve", "--help", settings={"LC_ALL": "C", "PYTHONUTF8": "0"})

    assert shown.returncode == 0, shown.stderr


def in_latin(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose output is encoded in ISO 8859-1."""
    settings = {"PYTHONIOENCODING": "iso-8859-1", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "booked", *arguments]
    return subprocess.run(command, env=environment(settings), capture_output=True, timeout=PATIENCE, check=False)


def test_keys_are_listed_in_an_encoding_that_lacks_a_character(demo: Stores) -> None:
    booked("api-key", "create", "Zoë", demo.option)

    listed = in_latin("api-key", "list", demo.option)

    assert listed.returncode == 0, listed.stderr
    [row] = [line for line in listed.stdout.decode("iso-8859-1").splitlines() if "Zoë" in line]
    assert re.search(r" bk_[\w-]{6}\? ", row)


async def test_findings_are_told_in_an_encoding_that_lacks_a_character(demo: Stores) -> None:
    event = await best_seller(demo)
    async with demo.database() as connection:
        await connection.execute("UPDATE events SET sold = sold - 1 WHERE id = $1", event)

        report = in_latin("verify", demo.option)

        await connection.execute("UPDATE events SET sold = sold + 1 WHERE id = $1", event)
    assert report.stderr == b""
    assert b"122 counted, 123 sold" in report.stdout


def test_openapi_is_utf_8_in_any_locale() -> None:
    printed = in_latin("openapi")

    assert printed.returncode == 0, printed.stderr
    assert "…" in json.dumps(json.loads(printed.stdout.decode("utf-8")), ensure_ascii=False)


async def best_seller(stores: Stores) -> str:
    """The event that is sold out."""
    async with stores.database() as connection:
        return str(await connection.fetchval("SELECT id FROM events WHERE sold = seat_count"))


def in_row(tables: str, *cells: str) -> bool:
    """Whether there is a row with these texts, each in a cell of its own that may have several lines."""
    for row in re.split(r"[├┡└].*\n", tables):
        lines = [line[1:-1].split("│") for line in row.splitlines() if line.startswith("│")]
        columns = [" ".join(" ".join(parts).split()) for parts in zip(*lines, strict=True)]
        if all(cell in columns for cell in cells):
            return True
    return False
