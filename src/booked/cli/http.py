"""`booked http`: granian, as `booked serve` runs it in a process of its own."""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import Any

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer
from litestar.types import ASGIApp

from booked import asgi
from booked.adapters.observing import logging_config
from booked.cli.lifeline import follow_parent, lifeline_option
from booked.cli.port import resolve
from booked.cli.setup import load_settings
from booked.connections import connections
from booked.settings import Settings

log = logging.getLogger(__name__)

END_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HEADER_TIMEOUT_MS = 10_000
RESPAWN_PAUSE = 0.5  # seconds, so that a worker that always fails does not take the others' time
# Seconds after which a worker that ends has not failed at its start. Where none is forked, each makes the application.
PROVEN_AFTER = 2.0 if sys.platform == "linux" else 10.0
OBJECTS_BEFORE_COLLECTION = 10_000  # that came to be and did not go by themselves


@click.command("http")
@lifeline_option
def command(lifeline: bool) -> None:
    """Answer HTTP requests until SIGTERM; requests under way are finished first."""
    if lifeline:
        follow_parent()
    settings = load_settings()
    # Said here, it is said once, and not by every worker as it fails.
    settings.signing_secret()
    settings.stores()
    serve(settings, asgi.create)


def serve(settings: Settings, application: Callable[[], ASGIApp]) -> None:
    """Run an application until SIGTERM."""
    if sys.platform == "linux":
        # Left to itself, Python starts processes anew from 3.14 on, and each would make the application again.
        multiprocessing.set_start_method("fork", force=True)
        _load(application)  # which is remembered
    server = PatientServer(
        "booked",
        address=resolve(settings.host, settings.port),
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        loop=Loops.uvloop,
        workers=settings.workers,
        # Meant are connections, idle ones as well. Unless it is told, it counts on a thousand for all workers together.
        backpressure=connections(),
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.drain_timeout.total_seconds()),
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        log_level=LogLevels.debug if settings.log_level == "debug" else LogLevels.warning,
        log_dictconfig=logging_config(settings.log_level, settings.log_format),
    )
    server.write_timeout = settings.write_timeout
    # A worker is forked with granian's own handler, which only sets a flag: while it loads, it would not hear a stop.
    # Signals wait meanwhile, or one that comes right after the fork would be the first and last to meet that handler.
    os.register_at_fork(before=_hold_signals, after_in_parent=_hear_signals, after_in_child=_end_when_told)
    # Given the function itself, granian imports nothing from the directory that we happen to be in.
    server.serve(target_loader=partial(_load, application), wrap_loader=False)


class PatientServer(MPServer):
    """A server that ends when a worker fails twice in a row at its start, unless another worker serves meanwhile.

    Connections whose clients read nothing end after `write_timeout`.
    """

    write_timeout: timedelta
    _failed: frozenset[int] = frozenset()  # workers, by number, that failed at their last start

    def _spawn_worker(  # type: ignore[override]  # granian's classes do not agree either
        self, idx: int, target: Callable[..., None], callback_loader: Any
    ) -> Any:
        patient = partial(_serve_readers, target, self.write_timeout)
        return super()._spawn_worker(idx, patient, callback_loader)

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        proven_since = time.monotonic() - PROVEN_AFTER
        proven = {number for number, worker in enumerate(self.wrks) if worker.birth < proven_since}
        alive = {number for number, worker in enumerate(self.wrks) if worker.is_alive()}  # type: ignore[no-untyped-call]
        failed, some_serve = set(workers) - proven - alive, bool((proven & alive).difference(workers))
        if failed & self._failed and not some_serve:
            log.error("HTTP workers fail at their start")
            self._end_as_failed(workers)
            return
        self._failed = frozenset(() if some_serve else (self._failed - proven) | failed)
        super()._respawn_workers(workers, spawn_target, target_loader, delay or RESPAWN_PAUSE)
        # By what it remembers here, granian would end all workers if one ended within 5.5 seconds, killed or not.
        self.respawned_wrks.clear()

    def _end_as_failed(self, workers: list[int]) -> None:
        self.interrupt_children += workers
        self.interrupt_signal = True
        self.main_loop_interrupt.set()


def _serve_readers(target: Callable[..., None], write_timeout: timedelta, *arguments: Any) -> None:
    """Serve with a deadline for what a client does not read. The kernel of Linux has one, granian does not."""
    worker, name, loader, ((spec, shared), wrapped), *others = arguments
    if sys.platform == "linux" and spec is not None:
        shared, spec = spec.build(), None
        listening = socket.socket(fileno=shared.get_fd())
        # Connections inherit it. It also counts while the client answers that it has no room.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, write_timeout // timedelta(milliseconds=1))
        listening.detach()
    target(worker, name, loader, ((spec, shared), wrapped), *others)


def _hold_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)


def _hear_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)


def _end_when_told() -> None:
    """End at a signal, at once. granian replaces this when the worker serves: then requests under way are finished."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    _hear_signals()


@cache
def _load(application: Callable[[], ASGIApp]) -> ASGIApp:
    """Make the application, once: workers are forked with it, and so a new one serves at once."""
    loaded = application()
    # What is there by now stays. To look for garbage among it, again and again, costs sales and delays some.
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 20, 20)
    return loaded
