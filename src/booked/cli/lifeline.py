"""A child process must not outlive the parent that looks after it, however the parent ends."""

import os
import signal
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def lifeline_option(command: Command) -> Command:
    return click.option("--lifeline", is_flag=True, hidden=True)(command)


def follow_parent() -> None:
    """Stop this process, as SIGTERM does, when its standard input ends: the parent holds the other end."""
    Thread(target=_wait_for_end_of_input, name="lifeline", daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
