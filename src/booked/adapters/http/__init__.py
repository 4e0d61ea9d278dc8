"""The box office over HTTP: a package per contract, and what they share."""

from booked.adapters.http.app import create_app
from booked.adapters.http.services import HttpOptions, Services

__all__ = ["HttpOptions", "Services", "create_app"]
