"""A one-shot timer that can be restarted."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.butlr.timer import Timer
from tests.conftest import pass_time


@pytest.fixture
def calls() -> list[str]:
    """Return the calls that a timer made."""
    return []


@pytest.fixture
def timer(hass: HomeAssistant, calls: list[str]) -> Timer:
    """Return a timer that is not running."""
    return Timer(hass, "test", lambda: calls.append("called"))


async def test_it_calls_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, timer: Timer, calls: list[str]
) -> None:
    """After the delay, and then it no longer runs."""
    timer.start(10)
    assert timer.running
    await pass_time(hass, freezer, 9)
    assert calls == []
    await pass_time(hass, freezer, 2)
    assert calls == ["called"]
    assert not timer.running
    await pass_time(hass, freezer, 20)
    assert calls == ["called"]


async def test_starting_again_replaces_the_call(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, timer: Timer, calls: list[str]
) -> None:
    """Only the last delay counts."""
    timer.start(10)
    timer.start(30)
    await pass_time(hass, freezer, 11)
    assert calls == []
    await pass_time(hass, freezer, 20)
    assert calls == ["called"]


async def test_stopping(hass: HomeAssistant, freezer: FrozenDateTimeFactory, timer: Timer, calls: list[str]) -> None:
    """A timer that is not running can be stopped, too."""
    timer.stop()
    timer.start(10)
    timer.stop()
    assert not timer.running
    await pass_time(hass, freezer, 11)
    assert calls == []
