"""Counts the states that change."""

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback


class Changes:
    """Counts while it is started; that costs a little, so it is not while speed is measured."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Count the states of this Home Assistant."""
        self._hass = hass
        self._number = 0
        self._end: CALLBACK_TYPE | None = None

    def start(self) -> None:
        """Begin with none."""
        self._number = 0
        self._end = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._count)

    def stop(self) -> int:
        """Return how many there were."""
        if self._end:
            self._end()
            self._end = None
        return self._number

    @callback
    def _count(self, _event: Event[EventStateChangedData]) -> None:
        """Count one."""
        self._number += 1
