"""Counts for how long today a room was known to be empty while a device of its area was on."""

from collections.abc import Callable, Mapping
from datetime import timedelta
import time
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_interval

from ..live.space import GONE, SpaceState
from ..runtime import ButlrData
from ..timer import Timer
from .devices import RoomArea, area_of, is_on_now
from .meter import DayMeter

# The interval at which the count goes on, and a new day begins.
UPDATE_INTERVAL: Final = timedelta(seconds=10)
# Changes of the registries are collected for this long, in seconds.
AREAS_DELAY: Final = 1.0


class EmptyOnWatch:
    """Keeps the counts of all rooms going; while there is none, it does nothing."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without rooms."""
        self._hass = hass
        self._rooms: set[EmptyOnToday] = set()
        self._timer = Timer(hass, "butlr areas of rooms", self._find_areas)
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @callback
    def add(self, room: EmptyOnToday) -> Callable[[], None]:
        """Keep the count of a room going; return a function that ends that."""
        if not self._rooms:
            self._unsubscribe = [
                async_track_time_interval(self._hass, self._update, UPDATE_INTERVAL),
                self._hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._registry_changed),
                self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_changed),
            ]
        self._rooms.add(room)

        @callback
        def remove() -> None:
            self._rooms.discard(room)
            if not self._rooms:
                self._timer.stop()
                while self._unsubscribe:
                    self._unsubscribe.pop()()

        return remove

    @callback
    def _update(self, *_: object) -> None:
        for room in self._rooms:
            room.update()

    @callback
    def _registry_changed(self, _event: Event[Any]) -> None:
        if not self._timer.running:
            self._timer.start(AREAS_DELAY)

    @callback
    def _find_areas(self) -> None:
        for room in self._rooms:
            room.find_area()


class EmptyOnToday:
    """The time today in which a room was known to be empty while a device of its area was on.

    Only what happens while it runs is counted: of the time between a stop and the next start, nothing is known.
    """

    def __init__(self, hass: HomeAssistant, watch: EmptyOnWatch, data: ButlrData, room_id: str) -> None:
        """Prepare the count of a room."""
        self._hass = hass
        self._watch = watch
        self._data = data
        self._room_id = room_id
        self._area: RoomArea | None = None
        self._meter = DayMeter()
        self._listener: Callable[[], None] = lambda: None
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @property
    def minutes(self) -> int | None:
        """Return the whole minutes that were counted today; None if no device counts, or nothing can be known."""
        area, live = self._area, self._data.live
        can_count = area and area.entity_ids and all(live.is_sensed(space_id) for space_id in area.space_ids)
        return int(self._meter.seconds // 60) if can_count else None

    @property
    def stored(self) -> dict[str, float]:
        """Return what is kept across restarts."""
        self._count()
        return {"day": self._meter.day, "seconds": self._meter.seconds}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on with the count of the day that was stored."""
        match stored:
            case {"day": int() | float() as day, "seconds": int() | float() as seconds} if 0 <= seconds <= 25 * 3600:
                self._meter = DayMeter(day, seconds)

    @callback
    def start(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Count from now on, and call `listener` with each update; return a function that ends that."""
        self.find_area()
        self._listener = listener
        remove = self._watch.add(self)

        @callback
        def stop() -> None:
            remove()
            self._stop_listening()

        return stop

    @callback
    def find_area(self) -> None:
        """Find the area of the room and its devices, which users may change."""
        entry_id = self._data.estate.config_entry.entry_id
        area = area_of(self._hass, entry_id, self._data.estate.data, self._room_id)
        if area != self._area:
            self.update()
            self._stop_listening()
            self._area = area
            for space_id in area.space_ids if area else ():
                self._unsubscribe.append(
                    self._data.live.listen(space_id, ("available", "occupied"), self._space_changed)
                )
            if area and area.entity_ids:
                self._unsubscribe.append(
                    async_track_state_change_event(self._hass, area.entity_ids, self._device_changed)
                )
        self.update()

    def _stop_listening(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def _space_changed(self, _state: SpaceState) -> None:
        self.update()

    @callback
    def _device_changed(self, _event: Event[EventStateChangedData]) -> None:
        self.update()

    @callback
    def update(self) -> None:
        """Count until now, and say so."""
        self._count()
        self._listener()

    def _count(self) -> None:
        live = self._data.live
        if live.state(self._room_id) == GONE:
            self._meter.pause()
            return
        now, day = self._data.client.now(), live.day(self._room_id)[0]
        self._meter.update(now, time.monotonic(), day, counting=self._is_wasted)

    @property
    def _is_wasted(self) -> bool:
        """Whether the whole area is known to be empty, and something is on."""
        area, live = self._area, self._data.live
        return (
            area is not None
            and all(live.empty_since(space_id) is not None for space_id in area.space_ids)
            and any(is_on_now(self._hass, entity_id) for entity_id in area.entity_ids)
        )
