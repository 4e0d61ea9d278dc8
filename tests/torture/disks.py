"""A disk of its own, in a file, whose power can be cut."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.running import eventually

SIZE = 2 * 2**30  # bytes, of which the file takes up those that were written
# What ext4 is told for its own tests of power cuts: EXT4_IOC_SHUTDOWN, with EXT4_GOING_FLAGS_NOLOGFLUSH.
SHUT_DOWN = 0x8004587D
WITHOUT_WRITING_THE_JOURNAL = struct.pack("I", 2)


class NoDiskHere(Exception):
    """This machine does not let us have a disk; the message says why."""


@dataclass(frozen=True, slots=True)
class Disk:
    place: Path
    image: Path

    def cut(self) -> None:
        """Take its power away. From now on nothing reaches the disk, nor ever does what waited in memory to be written.

        Processes with open files on it get errors.
        """
        root = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(root, SHUT_DOWN, WITHOUT_WRITING_THE_JOURNAL)
        finally:
            os.close(root)

    def restore(self) -> None:
        """Mount it again, with the data that had reached it. Processes that use it must have ended, or be about to."""
        self.unmount()
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", self.image, self.place)

    def unmount(self) -> None:
        eventually(self._let_go, f"letting go of {self.place}")

    def _let_go(self) -> bool:
        if self.place.is_mount():
            subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL, check=False)
        return not self.place.is_mount()


@contextmanager
def a_disk(place: Path) -> Iterator[Disk]:
    """Mount an empty disk at a place during the block. Raises `NoDiskHere`."""
    if os.geteuid() != 0:
        raise NoDiskHere("only root may mount a disk: run it as root, on a virtual machine rather than in a container")
    with TemporaryDirectory(prefix="booked-disk-") as directory:
        disk = Disk(place, Path(directory, "image"))
        with disk.image.open("wb") as file:
            file.truncate(SIZE)
        _run("mkfs.ext4", "-q", disk.image)
        place.mkdir(exist_ok=True)
        disk.mount()
        try:
            yield disk
        finally:
            disk.unmount()


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as cause:
        raise NoDiskHere(f"{command[0]} is missing: install e2fsprogs and mount") from cause
    if done.returncode:
        raise NoDiskHere(f"{command[0]} failed, so run it on a machine with ext4 and loop devices: {done.stderr}")
