"""Fixtures of the tests of actions."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.helpers.on_demand import disable_background_pacing
from tests.helpers.reports import NOW


@pytest.fixture
def report_time(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the time of the reports; modules use it before the simulator, whose past ends then.

    Background requests are not delayed, since the clock stands still.
    """
    freezer.move_to(NOW)
    disable_background_pacing(monkeypatch)
