"""A disk whose power was cut has what was written to it, and nothing else."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import fresh_directory
from tests.torture import power_cuts
from tests.torture.disks import Disk, NoDiskHere, a_disk
from tests.torture.proofs import Trial


@pytest.fixture
def disk() -> Iterator[Disk]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(a_disk(stack.enter_context(fresh_directory()) / "disk"))
        except NoDiskHere as why:
            pytest.skip(str(why))


def test_only_what_was_synchronized_is_there_after_a_cut(disk: Disk) -> None:
    _write(disk.place / "written", synchronize=True)
    _write(disk.place / "waiting", synchronize=False)

    disk.cut()
    disk.restore()

    assert (disk.place / "written").read_text() == "sold"
    assert not (disk.place / "waiting").exists()


def test_a_disk_without_power_takes_nothing(disk: Disk) -> None:
    disk.cut()

    with pytest.raises(OSError, match="Input/output error"):
        _write(disk.place / "late", synchronize=True)


def test_where_no_disk_can_be_had_the_proof_fails_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(goal=1, seconds=1, seed=1)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    power_cuts.survive(trial)

    assert not trial.passed
    assert "only root may mount a disk" in trial.unreached[0]


def _write(path: Path, *, synchronize: bool) -> None:
    with path.open("w") as file:
        file.write("sold")
        if synchronize:
            file.flush()
            os.fsync(file.fileno())
