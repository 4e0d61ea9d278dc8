"""Fixtures for walks through the documents of services that Booked can stand in for."""

from tests.http.conftest import admin, ann, ben, office
from tests.http.v1.conftest import programme

__all__ = ["admin", "ann", "ben", "office", "programme"]
