"""Keep a server running: if it ends without being told to, it is started again on the same socket and data."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event, Thread, main_thread

from booked.adapters.embedded.process import Server, ServerFailed, started
from booked.adapters.embedded.tenancy import sole_tenancy
from booked.restarts import Backoff

log = logging.getLogger(__name__)

# Under load, or after a crash, Postgres may need a while.
START_PATIENCE_S = 120.0
READY_YET_EVERY_S = 0.02
GONE_YET_EVERY_S = 0.1
LOG_TAIL_BYTES = 2000


@contextmanager
def running(server: Server) -> Iterator[None]:
    """Keep a server running during the block. It is ready when the block begins.

    Raises `ServerFailed` if it does not start the first time.
    """
    keeper = _Keeper(server)
    try:
        keeper.start()
        yield
    finally:
        keeper.stop()


class _Keeper:
    """One thread does everything to the process, one thing after the other.

    So an orderly stop cannot race with a new start, and a signal, which only ever interrupts the main thread, cannot
    make us lose a process just started.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._first_start: Future[None] = Future()
        self._told_to_stop = Event()
        # No daemon, also where a daemon makes it: a process waits for it at its end.
        self._thread = Thread(target=self._keep_running, name=f"keeper of {server.name}", daemon=False)

    def start(self) -> None:
        """Return when the server is ready."""
        self._thread.start()
        try:
            self._first_start.result(START_PATIENCE_S)
        except TimeoutError:
            raise self._not_started() from None

    def stop(self) -> None:
        """Return when the server is stopped."""
        self._told_to_stop.set()
        # A thread whose start was interrupted may yet begin. It finds that there is nothing to do.
        if self._thread.is_alive():
            self._thread.join()

    def _keep_running(self) -> None:
        backoff = Backoff()
        while not self._is_over():
            began = time.monotonic()
            try:
                self._live_once()
            except Exception as fault:  # only we start it again
                if not self._first_start.done():
                    self._first_start.set_exception(fault)
                    return
                pause = backoff.pause_s(time.monotonic() - began)
                log.error("%s is started again in %.1f seconds: %s", self._server.name, pause, fault)
                self._told_to_stop.wait(pause)

    def _live_once(self) -> None:
        """Run the server from its start to its end. Raises `ServerFailed` if it ends before we are told to stop."""
        server = self._server
        with sole_tenancy(server.home, server.stop_signal) as lock, started(server, lock) as process:
            self._wait_until(lambda: process.poll() is not None or server.is_ready(process.pid), READY_YET_EVERY_S)
            if process.returncode is not None:
                raise self._not_started()
            if self._is_over():
                return
            self._tell_that_it_is_ready()
            self._wait_until(lambda: process.poll() is not None, GONE_YET_EVERY_S)
            if process.returncode is not None:
                raise ServerFailed(f"{server.name} has ended with status {process.returncode}.")

    def _tell_that_it_is_ready(self) -> None:
        if self._first_start.done():
            log.warning("%s is ready again.", self._server.name)
        else:
            self._first_start.set_result(None)

    def _wait_until(self, condition: Callable[[], bool], every_s: float) -> None:
        """Wait for a condition, or until we are told to stop."""
        while not condition() and not self._is_over():
            self._told_to_stop.wait(every_s)

    def _is_over(self) -> bool:
        """Return whether we are told to stop, or the thread that should tell us is gone."""
        return self._told_to_stop.is_set() or not main_thread().is_alive()

    def _not_started(self) -> ServerFailed:
        path = self._server.log_path
        tail = path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
        return ServerFailed(f"{self._server.name} does not start. {path} ends with:\n{tail}")
