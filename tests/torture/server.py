"""The HTTP server as `booked http --lifeline` runs it, without what `TORTURE_WITHOUT` names: guards and faults."""

import os

import pytest
from litestar import Litestar

from booked import asgi, connections
from booked.cli.http import serve
from booked.cli.lifeline import follow_parent
from booked.domain.model import text
from booked.settings import Settings
from tests.guards import Guards

WITHOUT = "TORTURE_WITHOUT"
FEW_CONNECTIONS = "few connections"
ANY_TEXT = "control characters are not looked for"


def without() -> set[str]:
    """Return what is to be missing."""
    return set(filter(None, os.environ.get(WITHOUT, "").split(",")))


def create() -> Litestar:
    patch, guards = pytest.MonkeyPatch(), without() - {FEW_CONNECTIONS, ANY_TEXT}
    if ANY_TEXT in without():
        patch.setattr(text, "_forbidden", lambda character: False)
    for name in guards:
        Guards(patch).remove(name)
    return asgi.create()


if __name__ == "__main__":
    follow_parent()
    if FEW_CONNECTIONS in without():
        connections.CONNECTIONS_MOST = 100
    serve(Settings.from_env(os.environ), create)
