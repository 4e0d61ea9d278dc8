"""A proof that is told to stop takes along what it has started."""

import subprocess
import sys

import psutil

from tests.running import PATIENCE, environment, eventually, remaining


def test_a_proof_that_is_terminated_leaves_no_server_behind() -> None:
    command = [sys.executable, "-m", "tests.torture", "--only=linearizability"]
    proof = subprocess.Popen(command, env=environment({}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    try:
        family: list[psutil.Process] = eventually(lambda: _with_its_server(proof.pid), "a server")
        proof.terminate()
        proof.wait(PATIENCE)
    finally:
        proof.kill()

    assert proof.returncode == 1
    assert remaining(family) == []


def _with_its_server(pid: int) -> list[psutil.Process]:
    """Return all processes of a proof once its server is among them."""
    family: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    return family if any(map(_is_the_server, family)) else []


def _is_the_server(process: psutil.Process) -> bool:
    try:
        return "tests.torture.server" in process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False
