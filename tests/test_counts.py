"""What HTTP processes count together is kept in memory where that lasts, and else with temporary files."""

import os
from pathlib import Path

import pytest

from booked.cli import counts
from booked.cli.counts import place_for_counts

in_memory = pytest.mark.skipif(not counts._is_in_memory(counts.MEMORY), reason="there is no directory in memory here")


@pytest.fixture(autouse=True)
def system_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without systemd."""
    monkeypatch.setattr(os, "geteuid", lambda: 999)
    monkeypatch.setattr(counts, "SYSTEMD", tmp_path / "none")


@in_memory
@pytest.mark.parametrize(("uid", "systemd"), [(999, True), (0, True), (1000, False)])
def test_no_disk_is_behind_the_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uid: int, systemd: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(counts, "SYSTEMD", tmp_path if systemd else tmp_path / "none")

    assert place_for_counts() == counts.MEMORY


def test_what_would_be_removed_when_its_user_logs_out_is_kept_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(counts, "SYSTEMD", tmp_path)

    assert place_for_counts() is None


def test_a_directory_on_a_disk_is_none_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(counts, "MEMORY", tmp_path)

    assert place_for_counts() is None


@in_memory
def test_a_directory_that_must_not_be_written_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert place_for_counts() is None
