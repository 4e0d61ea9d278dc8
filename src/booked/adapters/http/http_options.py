"""What an operator can choose for the HTTP contracts."""

from dataclasses import dataclass

from booked.adapters.http.requests.addresses import LOOPBACK, Network


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`body_limit` in bytes; `body_deadline` in seconds, for the whole body to arrive.

    `trusted_proxies` are believed about where requests come from, and are not limited themselves.
    `metrics_readers` may read `/metrics`. `public_url` is where people reach the pages,
    None for the address a request came to. Pages of `allowed_origins` may call the API.
    `public_read_age` in seconds is how old what is shown to somebody unknown may be.
    `requests_at_once` is how many requests one process has under way, None for any number.
    """

    body_limit: int = 64 * 1024
    body_deadline: float = 10.0
    trusted_proxies: tuple[Network, ...] = LOOPBACK
    metrics_readers: tuple[Network, ...] = LOOPBACK
    public_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    public_read_age: float = 0.0
    requests_at_once: int | None = None
