"""Explorations keep each state they come to, and none of them is part of a cycle."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_search_for_cycles() -> Iterator[None]:
    """Searching hundreds of thousands of states for cycles again and again takes a sixth of the time."""
    gc.disable()
    yield
    gc.enable()
