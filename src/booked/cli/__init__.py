"""The command `booked`. Each of its commands is a module, imported when it is wanted: `booked --help` is instant."""

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from booked import __version__

COMMANDS = {
    "serve": "Run the box office: HTTP, the worker and, unless you bring your own, the stores.",
    "worker": "Run one more background worker.",
    "migrate": "Bring the database's tables up to date.",
    "create-admin": "Make an account with the admin role, or give an account that role.",
    "grant": "Give an account a role: user, organizer or admin.",
    "api-key": "Make, list and revoke keys for programs that sell and book.",
    "demo": "Fill the box office with venues, events, people and bookings to look at.",
    "seed": "Fill it with as many made-up people, events and bookings as you like.",
    "verify": "Prove, event by event and ticket by ticket, that both stores agree.",
    "openapi": "Print the description of the HTTP API.",
}
INTERNAL = {"http"}  # what `serve` runs in a process of its own


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS.keys() | INTERNAL:
            return None
        command: click.Command = import_module(f"booked.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. A failure ends as a sentence on standard error and exit code 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            explain = import_module("booked.cli.failures").explain
            raise click.ClickException(explain(fault)) from fault


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="Booked %(version)s")
def booked() -> None:
    """An event box office that never sells a seat twice, however many people arrive at once.

    Settings are environment variables that start with BOOKED_; docs/settings.md lists them.
    """


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # what the locale's encoding lacks
    booked(prog_name="booked")
