"""Commands in forks of a process that has imported Booked: importing it takes longer than most commands do."""

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from booked.cli import COMMANDS

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([f"booked.cli.{command.replace('-', '_')}" for command in COMMANDS] + ["booked.asgi"])
STREAMS = ("stdin", "stdout", "stderr")


def run(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str, patience: float
) -> subprocess.CompletedProcess[str]:
    """Run `booked` as `subprocess.run` would: a process and a session of its own, with this environment."""
    with TemporaryDirectory(prefix="booked-fork-") as directory:
        files = [Path(directory, stream) for stream in STREAMS]
        for file in files:
            file.write_text(stdin if file.name == "stdin" else "", encoding="utf-8")
        process = FORKS.Process(target=_live, args=(list(arguments), dict(environment), [str(file) for file in files]))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["booked", *arguments], patience)
        printed = [file.read_text(encoding="utf-8") for file in files[1:]]
        return subprocess.CompletedProcess(["booked", *arguments], process.exitcode, *printed)


def _live(arguments: list[str], environment: dict[str, str], files: list[str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    for number, (file, flags) in enumerate(zip(files, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        opened = os.open(file, flags)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is open as long as the process lives
    sys.argv = ["booked", *arguments]
    runpy.run_module("booked", run_name="__main__", alter_sys=True)
