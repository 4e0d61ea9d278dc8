"""What operators see: log lines in one form, without secrets, and figures that count what happened."""

import asyncio
import errno
import json
import logging
import sys
import time
from datetime import UTC, datetime, tzinfo
from io import StringIO

import pytest
import structlog
from prometheus_client import REGISTRY, Counter

from booked.adapters.notifications.log import LogNotifier
from booked.adapters.observing import LoggingObserver, configure_logging, logs
from booked.adapters.observing.deferred import DELAY, WAITING_MOST
from booked.adapters.observing.logs import CONCEALED, conceal
from booked.adapters.observing.seldom import SILENCE
from booked.adapters.observing.tally import TicketTally
from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import EntryId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.waitlist import Offer
from booked.request_id import request_id
from tests.builders import ANN, OPENING, an_event_id

EVENT = an_event_id()
AN_API_KEY = "bk_" + "Ab1-_" * 8 + "xyz"
A_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class FullDisk(StringIO):
    """A stream that takes nothing."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


Output = pytest.CaptureFixture[str]


def lines(output: Output) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.readouterr().err.splitlines()]


def test_into_a_pipe_go_lines_of_json(capsys: Output) -> None:
    configure_logging("info", "auto")

    structlog.get_logger().info("tickets offered", tickets=2)

    [line] = lines(capsys)
    assert (line["event"], line["level"], line["tickets"]) == ("tickets offered", "info", 2)
    assert str(line["timestamp"]).endswith("Z")


def test_the_standard_librarys_lines_look_the_same(capsys: Output) -> None:
    configure_logging("info", "auto")

    logging.getLogger("somebody.else").warning("%s is slow", "the disk")

    [line] = lines(capsys)
    assert (line["event"], line["level"], line["logger"]) == ("the disk is slow", "warning", "somebody.else")


def test_on_a_terminal_there_is_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    configure_logging("info", "auto")

    structlog.get_logger().info("tickets offered")

    assert "\x1b[" in terminal.getvalue()
    assert "tickets offered" in terminal.getvalue()


def test_a_format_can_be_insisted_on(capsys: Output) -> None:
    configure_logging("info", "console")

    structlog.get_logger().info("tickets offered", tickets=2)

    written = capsys.readouterr().err
    assert written.rstrip().endswith("tickets=2")
    assert "\x1b[" not in written


def test_what_is_below_the_level_is_not_written(capsys: Output) -> None:
    configure_logging("warning", "json")

    structlog.get_logger().info("no")
    logging.getLogger("somebody").info("no")
    structlog.get_logger().warning("yes")

    assert [line["event"] for line in lines(capsys)] == ["yes"]


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "new_password",
        "jwt_secret",
        "token",
        "Authorization",
        "database_url",
        "cookie",
        "X-API-Key",
        "api_key",
    ],
)
def test_a_field_that_is_called_like_a_secret_is_concealed(capsys: Output, field: str) -> None:
    configure_logging("info", "json")

    structlog.get_logger().info("hello", **{field: "hunter2"})

    [line] = lines(capsys)
    assert line[field] == CONCEALED


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("postgresql://ann:hunter2@db/booked is away", f"postgresql://{CONCEALED}@db/booked is away"),
        ("redis://:hunter2@valkey:6379", f"redis://{CONCEALED}@valkey:6379"),
        ("Authorization: Bearer hunter2.x-y_z", f"Authorization: Bearer {CONCEALED}"),
        (f"GET /event/?token={A_TOKEN}&limit=5", f"GET /event/?token={CONCEALED}&limit=5"),
        (f"GET /events?key={AN_API_KEY}&x=1", f"GET /events?key={CONCEALED}&x=1"),
        ("nothing secret at example.com", "nothing secret at example.com"),
    ],
)
def test_a_secret_in_a_text_is_concealed(capsys: Output, text: str, written: str) -> None:
    configure_logging("info", "json")

    structlog.get_logger().info("hello", text=text)
    logging.getLogger("somebody").warning(text)

    ours, theirs = lines(capsys)
    assert (ours["text"], theirs["event"]) == (written, written)


def test_a_secret_in_a_traceback_is_concealed(capsys: Output) -> None:
    configure_logging("info", "json")

    try:
        raise OSError("postgresql://ann:hunter2@db is away")
    except OSError:
        structlog.get_logger().exception("no database")
        logging.getLogger("somebody").exception("no database")

    tracebacks = [str(line["exception"]) for line in lines(capsys)]
    assert len(tracebacks) == 2
    assert all("OSError: postgresql://" in text and "hunter2" not in text for text in tracebacks)


@pytest.mark.parametrize("bait", ["://", "://a", "Bearer ", "eyJ", "eyJa.", "eyJa.b", "bk_"])
def test_searching_a_long_line_for_secrets_takes_no_time(bait: str) -> None:
    line = {"event": bait * (200_000 // len(bait))}
    started = time.process_time()

    conceal(None, "info", line)

    assert time.process_time() - started < 0.5


def test_a_value_that_json_does_not_know_is_written_all_the_same(capsys: Output) -> None:
    configure_logging("info", "json")

    structlog.get_logger().info("hello", event_ids={EVENT}, verdict=object)

    [line] = lines(capsys)
    assert line["event_ids"] == [EVENT]


def test_everything_that_happens_is_counted(capsys: Output) -> None:
    configure_logging("info", "json")
    observer = LoggingObserver()
    before = figures()

    observer.reserved(EVENT, 3)
    observer.booked(EVENT, 2)
    observer.cancelled(EVENT, 1)
    observer.refused(EVENT, Verdict.STALE_EPOCH)
    observer.uncertain(EVENT)
    observer.swept(EVENT, settled=True)
    observer.swept(EVENT, settled=False)
    observer.mismatch(EVENT, "the epoch differs")
    observer.repaired(EVENT, 2)
    observer.offered(EVENT, 4)
    observer.setback(EVENT, StoreReadFailed())
    observer.upkeep_done(0.5)

    after = figures()
    changed = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert changed.pop("booked_last_upkeep_timestamp_seconds") > 0
    assert changed.pop("booked_upkeep_seconds_sum") == 0.5
    assert changed == {
        "booked_holds_total": 1,
        "booked_held_tickets_total": 3,
        "booked_bookings_total": 1,
        "booked_booked_tickets_total": 2,
        "booked_cancellations_total": 1,
        "booked_cancelled_tickets_total": 1,
        "booked_conflicts_total stale_epoch": 1,
        "booked_uncertain_commits_total": 1,
        "booked_swept_claims_total settled": 1,
        "booked_swept_claims_total abandoned": 1,
        "booked_mismatches_total": 1,
        "booked_repairs_total": 1,
        "booked_offers_total": 1,
        "booked_offered_tickets_total": 4,
        "booked_setbacks_total StoreReadFailed": 1,
        "booked_upkeep_seconds_count": 1,
    }


async def test_what_is_tallied_reaches_the_library_together() -> None:
    steps, tickets = Counter("tallied_steps", "-", registry=None), Counter("tallied_tickets", "-", registry=None)
    tally = TicketTally(steps, tickets)

    for number in (1, 2, 3):
        tally.add(number)
    at_once = (total(steps), total(tickets))
    for _ in range(2):
        tally.hand_over()

    assert at_once == (0, 0)
    assert (total(steps), total(tickets)) == (3, 6)


def total(counter: Counter) -> float:
    [metric] = counter.collect()
    return metric.samples[0].value


def test_what_is_rare_is_a_line_and_what_is_not_is_none(capsys: Output) -> None:
    configure_logging("info", "json")
    observer = LoggingObserver()

    observer.reserved(EVENT, 3)
    observer.booked(EVENT, 2)
    observer.cancelled(EVENT, 1)
    observer.mismatch(EVENT, "the epoch differs")

    assert [(line["event"], line["event_id"]) for line in lines(capsys)] == [("the stores disagree", EVENT)]


def test_a_store_that_is_away_is_a_line_a_minute_and_no_traceback(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging("info", "json")
    observer = LoggingObserver()
    away = StoreReadFailed()
    away.__cause__ = ConnectionRefusedError("nobody listens")

    for _ in range(100):
        observer.setback(EVENT, away)
    later = time.monotonic() + SILENCE
    monkeypatch.setattr(time, "monotonic", lambda: later)
    observer.setback(EVENT, away)

    first, second = lines(capsys)
    assert first["cause"] == second["cause"] == "ConnectionRefusedError('nobody listens')"
    assert "exception" not in first
    assert (first["untold"], second["untold"]) == (0, 99)


def test_a_fault_of_ours_in_upkeep_is_told_with_its_traceback_beside_other_trouble(capsys: Output) -> None:
    configure_logging("info", "json")
    observer = LoggingObserver()
    with pytest.raises(ZeroDivisionError) as fault:
        _ = 1 // 0

    for _ in range(3):
        observer.setback(EVENT, StoreReadFailed())
        observer.setback(EVENT, fault.value)

    _, line = lines(capsys)
    assert "1 // 0" in str(line["exception"])


async def test_an_offer_is_announced_by_a_line(capsys: Output) -> None:
    configure_logging("info", "json")

    await LogNotifier().offer_made(Offer(EntryId("entry"), EVENT, ANN, (1, 2), OPENING))

    [line] = lines(capsys)
    assert (line["user_id"], line["tickets"]) == (ANN, 2)
    assert line["expires_at"] == OPENING.isoformat()


def figures() -> dict[str, float]:
    """Every figure of Booked by name and label."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name.startswith("booked_") and not sample.name.endswith(("_bucket", "_created"))
    }


async def test_deferred_lines_are_written_together_and_in_order(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)

    for number in range(3):
        structlog.get_logger().info("request", number=number)
    at_once = capsys.readouterr().err
    await asyncio.sleep(DELAY * 2)

    assert at_once == ""
    assert [line["number"] for line in lines(capsys)] == [0, 1, 2]


async def test_deferred_lines_do_not_pile_up(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)

    for number in range(WAITING_MOST):
        structlog.get_logger().info("request", number=number)

    assert len(lines(capsys)) == WAITING_MOST


def test_deferred_lines_survive_the_end_of_the_event_loop(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)

    async def last_words() -> None:
        structlog.get_logger().info("last words")

    asyncio.run(last_words())
    structlog.get_logger().info("after the loop")

    assert [line["event"] for line in lines(capsys)] == ["last words", "after the loop"]


async def test_a_deferred_line_is_of_the_moment_it_was_noted_in(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)
    answered_before = request_id.set("the-first")
    before = datetime.now(UTC)

    structlog.get_logger().info("request", token="a secret")
    after = datetime.now(UTC)
    request_id.reset(answered_before)
    await asyncio.sleep(DELAY * 2)

    [line] = lines(capsys)
    assert before <= datetime.fromisoformat(str(line["timestamp"])) <= after
    assert (line["request_id"], line["token"]) == ("the-first", "[concealed]")


async def test_of_deferred_lines_those_with_secrets_are_concealed(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)

    for text in ("one", "redis://:hunter2@valkey:6379", "two"):
        structlog.get_logger().info("hello", text=text)
    structlog.get_logger().info("hello", text=OSError("postgresql://ann:hunter2@db is away"))
    await asyncio.sleep(DELAY * 2)

    assert [line["text"] for line in lines(capsys)] == [
        "one",
        f"redis://{CONCEALED}@valkey:6379",
        "two",
        f"OSError('postgresql://{CONCEALED}@db is away')",
    ]


async def test_every_line_has_microseconds(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noon:
        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime(2026, 1, 1, 12, tzinfo=zone)

    monkeypatch.setattr(logs, "datetime", Noon)
    configure_logging("info", "json", deferred=True)
    structlog.get_logger().info("hello")
    await asyncio.sleep(DELAY * 2)
    [line] = lines(capsys)

    assert line["timestamp"] == "2026-01-01T12:00:00.000001Z"


async def test_a_deferred_line_that_is_no_text_takes_no_other_with_it(capsys: Output) -> None:
    configure_logging("info", "json", deferred=True)

    for name in ("one", "\ud800", "two"):
        structlog.get_logger().info("request", name=name)
    await asyncio.sleep(DELAY * 2)

    first, second, third = lines(capsys)
    assert (first["name"], second["event"], third["name"]) == ("one", "a log line was no text", "two")
    assert str(second["error"]).startswith("UnicodeEncodeError")


def closed() -> StringIO:
    stream = StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [FullDisk(), closed(), None])
@pytest.mark.parametrize("deferred", [False, True])
def test_a_line_that_cannot_be_written_is_dropped(
    monkeypatch: pytest.MonkeyPatch, deferred: bool, stream: StringIO | None
) -> None:
    later = StringIO()
    monkeypatch.setattr(sys, "stderr", StringIO())
    configure_logging("info", "json", deferred=deferred)

    monkeypatch.setattr(sys, "stderr", stream)
    structlog.get_logger().warning("lost")
    monkeypatch.setattr(sys, "stderr", later)
    structlog.get_logger().warning("written")

    assert [json.loads(line)["event"] for line in later.getvalue().splitlines()] == ["written"]


async def test_deferred_lines_that_cannot_be_written_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    monkeypatch.setattr(sys, "stderr", FullDisk())
    configure_logging("info", "json", deferred=True)

    for number in range(WAITING_MOST + 1):
        structlog.get_logger().info("request", number=number)
    await asyncio.sleep(DELAY * 2)

    assert faults == []


@pytest.mark.parametrize("deferred", [False, True])
def test_a_line_that_is_no_text_is_told_of(capsys: Output, deferred: bool) -> None:
    configure_logging("info", "json", deferred=deferred)

    structlog.get_logger().warning("round failed", error="\ud800")

    [line] = lines(capsys)
    assert (line["event"], line["level"]) == ("a log line was no text", "error")
