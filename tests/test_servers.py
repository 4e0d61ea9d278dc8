"""Directories of the servers that tests use."""

from pathlib import Path

import pytest

from tests import servers
from tests.servers import IN_USE, PREFIX, fresh_directory


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(servers, "_home", lambda: tmp_path)
    return tmp_path


def test_what_killed_tests_left_behind_is_removed(home: Path) -> None:
    abandoned = home / f"{PREFIX}abandoned"
    abandoned.mkdir()
    (abandoned / IN_USE).touch()

    with fresh_directory():
        assert not abandoned.exists()


def test_a_directory_in_use_stays(home: Path) -> None:
    with fresh_directory() as used:
        with fresh_directory():
            assert used.exists()
        assert list(home.iterdir()) == [used]
    assert not used.exists()
