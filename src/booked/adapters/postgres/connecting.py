"""Connecting to the one of several hosts that takes writes."""

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

DEFAULT_PATIENCE = 5.0  # seconds


async def connect(url: str, *, timeout: float = DEFAULT_PATIENCE, **options: Any) -> asyncpg.Connection:
    """Connect to the first host in `url` that answers and takes writes.

    Each of several hosts gets an equal share of `timeout` seconds: a silent one leaves time for the others.
    `target_session_attrs` in the URL or in PGTARGETSESSIONATTRS is respected. Raises what the last host raised.
    """
    urls = hosts_apart(url)
    if len(urls) == 1:
        return await asyncpg.connect(url, timeout=timeout, **options)
    if not _says_which(url):
        options["target_session_attrs"] = "read-write"
    for one in urls[:-1]:
        try:
            return await asyncpg.connect(one, timeout=timeout / len(urls), **options)
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError):
            continue
        except asyncpg.OperatorInterventionError:  # it starts or stops just now
            continue
    return await asyncpg.connect(urls[-1], timeout=timeout / len(urls), **options)


def hosts_apart(url: str) -> list[str]:
    """Return a URL for each host that `url` names: `url` itself where there is one, or a preference among them."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    attributes = parse_qs(parts.query).get("target_session_attrs", [""])[-1]
    if "," not in hosts or attributes.startswith("prefer-"):
        return [url]
    return [parts._replace(netloc=f"{login}{at}{host}").geturl() for host in hosts.split(",")]


def _says_which(url: str) -> bool:
    return "target_session_attrs=" in urlsplit(url).query or "PGTARGETSESSIONATTRS" in os.environ
