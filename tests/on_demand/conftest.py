"""Fixtures of the tests of on-demand polls. Each test module defines `now`, the time at which its tests start."""

from datetime import datetime

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.helpers.on_demand import Requests, disable_background_pacing, record_background_requests


@pytest.fixture(autouse=True)
def _start(freezer: FrozenDateTimeFactory, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock before other fixtures read it."""
    freezer.move_to(now)
    disable_background_pacing(monkeypatch)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Requests:
    """Return the background requests, as they are made."""
    return record_background_requests(monkeypatch)
