"""Names of time zones."""

import pytest

from booked.domain.errors import InvalidEvent
from booked.domain.model.programme.timezones import is_timezone, require_timezone


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "US/Eastern", "Asia/Calcutta", "CET"]
)
def test_names_are_accepted_also_those_that_were_replaced(name: str) -> None:
    assert require_timezone(name, InvalidEvent) == name


@pytest.mark.parametrize(
    "name",
    [
        *["", "Berlin", "Europe", "europe/berlin", "Europe/Berlin/", " UTC", "UTC+1", "../UTC", "/etc/passwd", "a\0b"],
        *["right/UTC", "posix/UTC", "posixrules", "localtime", "Factory", "tzdata.zi", "x" * 10_000, "Europe\\Berlin"],
    ],
)
def test_other_names_are_none(name: str) -> None:
    assert not is_timezone(name)
    with pytest.raises(InvalidEvent, match="Europe/Berlin"):
        require_timezone(name, InvalidEvent)
