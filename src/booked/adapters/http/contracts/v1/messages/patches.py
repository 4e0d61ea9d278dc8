"""Fields of messages that say what is to be different: what they leave out stays as it is."""

from typing import TypeVar

from msgspec import UNSET, UnsetType

T = TypeVar("T")


def kept(sent: T | UnsetType, present: T) -> T:
    """What is sent, or else what there is."""
    return present if sent is UNSET else sent
