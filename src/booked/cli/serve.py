"""`booked serve`: the whole box office with one command.

    booked serve            this process: starts, watches and stops the others
    ├── postgres            only where the stores are embedded
    ├── valkey-server       likewise
    ├── booked http         granian: one process that starts again whichever of its workers fails …
    │   ├── worker          … each with its own event loop, all listening on the same port
    │   └── worker
    └── booked worker       the background worker

A child that ends is started again. However this process ends, the children end as well. They stop in the opposite
order: HTTP once the requests under way are answered, then the worker, then the stores. While stores of one's own do not
answer, HTTP alone runs: `/health/ready` and all that needs a store answer 503.
"""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from tempfile import TemporaryDirectory

import click
import structlog

from booked.cli.counts import place_for_counts
from booked.cli.port import require_free, resolve
from booked.cli.preparation import Preparation
from booked.cli.setup import data_dir_option, load_settings, open_stores, stdout
from booked.cli.signals import StopSignals, until_stopped
from booked.cli.supervisor import Child
from booked.cli.welcome import things_to_try, welcome
from booked.demo import Introduction
from booked.settings import PREFIX, Settings

log = structlog.get_logger(__name__)

WORKER_PATIENCE = 15.0  # seconds
SPARE_HTTP_PATIENCE = 5.0  # seconds more than the drain timeout, at which granian itself ends what is left
OPENING_PATIENCE = 60.0  # seconds
LOOK_AGAIN_AFTER = 0.05  # seconds, whether the port is open


@click.command("serve")
@click.option("--host", help="The address that HTTP listens on.  [BOOKED_HOST, else 127.0.0.1]")
@click.option("--port", help="The port that HTTP listens on.  [BOOKED_PORT, else 8000]")
@click.option("--workers", help="How many HTTP processes.  [BOOKED_WORKERS, else one per core, at most 4]")
@data_dir_option
@click.option("--demo", is_flag=True, help="Fill an empty box office with things to look at, and let everybody sell.")
@click.option("--no-worker", is_flag=True, help="Leave the background work to `booked worker`.")
def command(
    *,
    host: str | None,
    port: str | None,
    workers: str | None,
    data_dir: str | None,
    demo: bool,
    no_worker: bool,
) -> None:
    """Run the box office until Ctrl-C or SIGTERM.

    Without BOOKED_DATABASE_URL and BOOKED_REDIS_URL it brings its own Postgres and Valkey.
    """
    # A demo is for everybody to try out, unless its owner has said otherwise.
    box_office = "open" if demo and not os.environ.get(f"{PREFIX}BOX_OFFICE") else None
    settings = load_settings(host=host, port=port, workers=workers, data_dir=data_dir, box_office=box_office)
    if not settings.embedded:
        settings.signing_secret()
    require_free(settings.host, settings.port)
    with suppress(KeyboardInterrupt), StopSignals() as signals, open_stores(settings) as running:
        stores = f"embedded, in {settings.data_dir.absolute()}" if settings.embedded else "your own"
        asyncio.run(until_stopped(_serve(running, stores, demo, not no_worker), signals))


async def _serve(settings: Settings, stores: str, demo: bool, with_worker: bool) -> None:
    """Open, and look after everything until cancelled."""
    async with AsyncExitStack() as stack:
        counts = stack.enter_context(TemporaryDirectory(prefix="booked-metrics-", dir=place_for_counts()))
        preparation = Preparation(settings, demo)
        introduction = await preparation.attempt()

        worker, http = _children(settings, counts)
        stack.push_async_callback(worker.stop)
        stack.push_async_callback(http.stop)  # the first one to stop
        await http.start()
        await _until_open(http, settings)
        stack.callback(log.info, "closing")

        async def open_up() -> None:
            known = introduction or await preparation.complete()
            if with_worker:
                await worker.start_patiently()
                lasting.create_task(worker.keep_running())
            _tell(settings, stores, known)

        try:
            async with asyncio.TaskGroup() as lasting:
                lasting.create_task(http.keep_running())
                lasting.create_task(open_up())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None


def _tell(settings: Settings, stores: str, introduction: Introduction) -> None:
    """Say that it is open, and what to try."""
    # Where nothing can be written, it is open all the same. The library ends a process that writes to a closed pipe.
    with suppress(OSError, SystemExit):
        stdout.print(welcome(settings, stores, introduction.logins))
        for lines in things_to_try(settings, introduction):
            stdout.print(lines, markup=False, highlight=False, soft_wrap=True)


def _children(settings: Settings, counts: str) -> tuple[Child, Child]:
    """Return the background worker and HTTP. They read their settings from their environment."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment = ours | settings.to_env() | {"PROMETHEUS_MULTIPROC_DIR": counts}
    http_patience = settings.drain_timeout.total_seconds() + SPARE_HTTP_PATIENCE
    worker = Child("worker", ["worker", "--lifeline"], environment, WORKER_PATIENCE)
    http = Child("http", ["http", "--lifeline"], environment, http_patience)
    return worker, http


async def _until_open(http: Child, settings: Settings) -> None:
    """Return when the port accepts connections."""
    ended = asyncio.create_task(http.ended())
    opened = asyncio.create_task(_accepts_connections(settings))
    await asyncio.wait({ended, opened}, timeout=OPENING_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if not opened.done():
        opened.cancel()
        raise click.ClickException("HTTP did not start. The lines above say why.")
    ended.cancel()


async def _accepts_connections(settings: Settings) -> None:
    address = resolve(settings.host, settings.port)
    while True:
        try:
            _, writer = await asyncio.open_connection(address, settings.port)
        except OSError:
            await asyncio.sleep(LOOK_AGAIN_AFTER)
            continue
        writer.close()
        return
