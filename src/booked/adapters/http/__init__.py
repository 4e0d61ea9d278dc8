"""Serve HTTP: a package per contract, and rooms for what they share."""

from booked.adapters.http.app import create_app
from booked.adapters.http.http_options import HttpOptions

__all__ = ["HttpOptions", "create_app"]
