"""The box office over HTTP: a package per contract, and what they share."""

from booked.adapters.http.app import create_app
from booked.adapters.http.http_options import HttpOptions

__all__ = ["HttpOptions", "create_app"]
