"""The HTTP server as `booked http` runs it, with the benchmark's application."""

import os

from benchmarks.app import create
from booked.cli.http import serve
from booked.settings import Settings

if __name__ == "__main__":
    serve(Settings.from_env(os.environ), create)
