"""Find the client's address, also behind proxies."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
ADDRESS_LENGTH = 64
_PROXY_HEADERS = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"})


class Proxies:
    """Those trusted to say whom they ask for."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self._hop = lru_cache(maxsize=4096)(self._looked_up)  # the same ones come often

    def client_address(self, peer: str | None, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """Return the address to count a request under, or None where every hop is trusted.

        It is the right-most address of X-Forwarded-For that is no trusted proxy: a client can make up all to its left.
        The header of an untrusted peer is not read. IPv6 clients count by their /64, the share of a household.
        """
        counted, is_trusted = self._hop(peer or "")
        if not is_trusted:
            return counted
        for text in _forwarded(headers):
            client, is_trusted = self._hop(text[: ADDRESS_LENGTH + 1])
            if client is None:  # the proxy before it does not say who came
                return counted
            if not is_trusted:
                return client
            counted = client
        return None

    def _looked_up(self, text: str) -> tuple[str | None, bool]:
        """Return an address as it is counted, None if it is none, and whether it is trusted."""
        address = _parsed(text)
        return (None, False) if address is None else (_counted(address), _is_in(address, self._trusted))


def is_direct(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether no header shows that a proxy has passed the request on."""
    return all(name not in _PROXY_HEADERS for name, _ in headers)


def is_among(peer: str | None, networks: Sequence[Network]) -> bool:
    """Tell whether the other end of a connection is in one of these networks."""
    address = _parsed(peer or "")
    return address is not None and _is_in(address, networks)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    """Yield the addresses in X-Forwarded-For, from right to left."""
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    rest = ",".join(lines)
    while rest:
        rest, _, last = rest.rpartition(",")
        yield last.strip()


def _parsed(text: str) -> Address | None:
    """Return the address in a text, perhaps with brackets and a port, or None."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text) if len(text) <= ADDRESS_LENGTH else None
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _counted(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return f"{IPv6Network((int(address), 64), strict=False).network_address}/64"
    return str(address)
