"""Fixtures of the tests of live states."""

import pytest

from custom_components.butlr.live.live import Live
from tests.helpers.live import Clock, make_live


@pytest.fixture
def clock() -> Clock:
    """Return a clock that shows noon."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Return a `Live` without readings."""
    return make_live(clock)
