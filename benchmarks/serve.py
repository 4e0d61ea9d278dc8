"""The HTTP server as `booked http` runs it: `python -m benchmarks.serve booked`, or `bare` for the floor."""

import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import bare
from booked import asgi
from booked.cli.http import serve
from booked.settings import Settings

APPLICATIONS: dict[str, Callable[[], Any]] = {"booked": asgi.create, "bare": bare.create}

if __name__ == "__main__":
    serve(Settings.from_env(os.environ), APPLICATIONS[sys.argv[1]])
