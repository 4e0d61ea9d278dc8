"""`/metrics` of a background worker, which answers no other requests."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, AF_INET6
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from booked.cli.port import require_free, resolve
from booked.setting_forms import Network

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

OPTION = "--metrics-port"
TIMEOUT = 10.0  # seconds that a connection may be silent
PROXIES_ADD = frozenset({"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"})


@contextmanager
def shown_metrics(host: str, port: int, readers: Sequence[Network]) -> Iterator[None]:
    """Show readers what this process counts, in a thread, until the block ends."""
    require_free(host, port, OPTION)
    address = resolve(host, port)
    with make_server(address, port, _for_readers(readers), _server(address), _Handler) as server:
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Handler(WSGIRequestHandler):
    timeout = TIMEOUT

    def log_message(self, *_: Any) -> None:
        """Log nothing: a line every few seconds would hide the others."""


def _server(address: str) -> type[ThreadingWSGIServer]:
    class MetricsServer(ThreadingWSGIServer):
        address_family = AF_INET6 if ":" in address else AF_INET

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a connection that was silent or reset."""

    return MetricsServer


def _for_readers(readers: Sequence[Network]) -> Application:
    """Return the library's application, closed to others and to requests through a proxy, as in HTTP processes."""
    shown: Application = make_wsgi_app()

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        may_read = _is_among(environ["REMOTE_ADDR"], readers) and PROXIES_ADD.isdisjoint(environ)
        if may_read and environ["PATH_INFO"] == "/metrics":
            return shown(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Only readers of metrics find something here, at /metrics.\n"]

    return application


def _is_among(peer: str, networks: Sequence[Network]) -> bool:
    address = ip_address(peer.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in network for network in networks)
