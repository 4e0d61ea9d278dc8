"""The address HTTP will listen on: is it one, and is it free?"""

import errno
import socket

import click


def resolve(host: str, port: int) -> str:
    """Return the numeric address of a host."""
    address: str = _address(host, port)[1][0]
    return address


def require_free(host: str, port: int, option: str = "--port") -> None:
    """Refuse to go on if somebody listens there, or nobody may. The option is the one to choose another port with.

    HTTP processes share the port, so that two servers on it would go unnoticed and each get a part of the requests.
    """
    family, address = _address(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as cause:
            if cause.errno == errno.EADDRINUSE:
                refusal = f"Port {port} is taken: something listens there. Choose another one with {option}."
            else:
                refusal = f"Booked cannot listen on {host}, port {port}: {cause.strerror}."
            raise click.ClickException(refusal) from cause


def _address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as cause:  # the latter for what cannot even be a name
        raise click.ClickException(f"There is no host {host}. Choose another one with --host.") from cause
    family, _, _, _, address = found[0]
    return family, address  # type: ignore[return-value]
