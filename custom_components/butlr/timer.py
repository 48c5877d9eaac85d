"""A one-shot timer that can be restarted."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class Timer:
    """Calls a function once after a delay; starting it again replaces the pending call."""

    def __init__(self, hass: HomeAssistant, name: str, function: Callable[[], None]) -> None:
        """Prepare a timer that is not running."""
        self._hass = hass
        self._function = function
        self._job = HassJob(self._fire, name, cancel_on_shutdown=True)
        self._cancel: CALLBACK_TYPE | None = None

    @property
    def running(self) -> bool:
        """Whether a call is pending."""
        return self._cancel is not None

    @callback
    def start(self, delay: float) -> None:
        """Call the function in `delay` seconds."""
        self.stop()
        self._cancel = async_call_later(self._hass, delay, self._job)

    @callback
    def stop(self) -> None:
        """Cancel the pending call, if there is one."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    @callback
    def _fire(self, _now: datetime) -> None:
        self._cancel = None
        self._function()
