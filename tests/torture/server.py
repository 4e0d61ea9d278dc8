"""The HTTP server as `booked http` runs it, without the guards that `TORTURE_WITHOUT` names between commas."""

import os

import pytest
from litestar import Litestar

from booked import asgi
from booked.cli.http import serve
from booked.settings import Settings
from tests.guards import Guards

WITHOUT = "TORTURE_WITHOUT"


def create() -> Litestar:
    guards = Guards(pytest.MonkeyPatch())
    for name in filter(None, os.environ.get(WITHOUT, "").split(",")):
        guards.remove(name)
    return asgi.create()


if __name__ == "__main__":
    serve(Settings.from_env(os.environ), create)
