"""The floor plan of each floor as a picture. The frontend draws the same plan itself."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
import time
from typing import Final, override

from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN, ImageEntity, ImageEntityDescription
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.device_registry import EventDeviceRegistryUpdatedData
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_device_registry_updated_event
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .api.estate import Estate, Floor, PrimarySource, Room, Space, Zone
from .const import DOMAIN
from .entity import ButlrEntity, EstateEntityDescription
from .live.small_groups import ShownCount, counted_parts, shown_crossings, smallest_group
from .live.space import SpaceState
from .map.layout import Drawing, DrawnSpace, draw_floor, grouped
from .map.rules import ShownSpace, shown_space
from .map.svg import FloorValues, floor_svg
from .runtime import ButlrConfigEntry, ButlrData, device_of
from .sync.entities import EntitySync
from .timer import Timer

PARALLEL_UPDATES = 0
# The least time between two pictures, in seconds: each is a state change that the recorder keeps.
MIN_INTERVAL: Final = 30.0
# One push changes several spaces, one after the other. Their changes are collected for this long, in seconds.
DRAW_DELAY: Final = 1.0
# The fields of the state of a room or zone that a picture shows.
_SHOWN_FIELDS: Final = ("available", "occupied", "motion", "primary_count", "traffic_available", "confidence")
_TEXT_PREFIX: Final = f"component.{DOMAIN}.config_panel."


@dataclass(frozen=True, kw_only=True)
class FloorImageDescription(ImageEntityDescription, EstateEntityDescription):
    """Describes a picture that every floor has."""

    @override
    def owners(self, estate: Estate) -> Iterable[Floor]:
        return estate.floors.values()


FLOOR_IMAGES: Final = (
    FloorImageDescription(key="floor_plan", translation_key="floor_plan", entity_registry_enabled_default=False),
)


class FloorImage(ButlrEntity, ImageEntity):
    """The floor plan of a floor, as a picture of what is known now."""

    entity_description: FloorImageDescription
    _attr_content_type = "image/svg+xml"

    def __init__(self, data: ButlrData, floor: Floor, description: FloorImageDescription) -> None:
        """Attach the picture to the device of the floor."""
        super().__init__(data, floor.id, description)
        hass = data.estate.hass
        ImageEntity.__init__(self, hass)
        self._floor_id = floor.id
        self._image: bytes | None = None
        self._written_at = -MIN_INTERVAL
        self._timer = Timer(hass, f"butlr floor plan of {floor.id}", self._write_if_changed)
        self._lock = asyncio.Lock()
        self._language = ""
        self._texts: dict[str, str] = {}
        self._title = floor.name
        self._drawn: tuple[DrawnSpace, ...] = ()
        self._has_door = False
        self._drawing: Drawing | None = None
        self._listeners: list[Callable[[], None]] = []

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._stop)
        await self._read_estate()
        self._attr_available = self._state(self._floor_id).available
        self._draw()

    @override
    async def async_image(self) -> bytes | None:
        return self._image

    # -- what is drawn -------------------------------------------------------------------------------------------------

    @callback
    @override
    def estate_changed(self) -> None:
        if self._is_added:
            self.data.estate.config_entry.async_create_background_task(
                self.hass, self._follow_estate(), f"butlr floor plan of {self._floor_id}"
            )

    async def _follow_estate(self) -> None:
        async with self._lock:
            await self._read_estate()
        if self._is_added:
            self._floor_changed(self._state(self._floor_id))
            self._draw_soon()

    async def _read_estate(self) -> None:
        """Load the texts, draw the outlines, and listen to everything that is shown."""
        estate = self.data.estate.data
        if (floor := estate.floors.get(self._floor_id)) is None:
            return
        if self._language != (language := self.hass.config.language):
            texts = await async_get_translations(self.hass, language, "config_panel", {DOMAIN})
            self._texts = {key.removeprefix(_TEXT_PREFIX): text for key, text in texts.items()}
            self._language = language
        self._title = self._name_of(floor) or floor.name
        every: Iterable[Room | Zone] = chain(estate.rooms.values(), estate.zones.values())
        spaces = [space for space in every if space.floor_id == floor.id]
        drawn, has_door = tuple(grouped(self._drawn_spaces(estate, spaces))), estate.senses_traffic(floor)
        if self._drawing is None or (drawn, has_door) != (self._drawn, self._has_door):
            self._drawing = await self.hass.async_add_executor_job(lambda: draw_floor(floor.id, drawn, door=has_door))
            self._drawn, self._has_door = drawn, has_door
        if self._is_added:
            self._listen(estate, floor, spaces)

    def _drawn_spaces(self, estate: Estate, spaces: Iterable[Room | Zone]) -> Iterable[DrawnSpace]:
        """Yield what is drawn of spaces, without those whose device the user has disabled."""
        for space in spaces:
            if name := self._name_of(space):
                yield DrawnSpace(
                    id=space.id,
                    kind="room" if isinstance(space, Room) else "zone",
                    name=name,
                    outline=space.outline,
                    room_id=space.room_id if isinstance(space, Zone) else None,
                    door=estate.senses_traffic(space),
                )

    def _name_of(self, space: Space) -> str | None:
        """Return the name that Home Assistant shows; None if the device of the space is disabled."""
        device = device_of(self.hass, self.data.estate.config_entry.entry_id, space.id)
        if device is None or device.disabled_by:
            return None
        return device.name_by_user or device.name or space.name

    # -- when it is drawn ----------------------------------------------------------------------------------------------

    def _listen(self, estate: Estate, floor: Floor, spaces: Iterable[Room | Zone]) -> None:
        """Listen to the values that are shown, and to the names of the devices."""
        self._stop_listening()
        live, entry_id = self.data.live, self.data.estate.config_entry.entry_id
        self._listeners.append(live.listen(floor.id, ("available",), self._floor_changed))
        device_ids = []
        for space in (floor, *spaces):
            if device := device_of(self.hass, entry_id, space.id):
                device_ids.append(device.id)
            fields = (
                ()
                if space is floor
                else ("available", "occupied", "motion", "primary_count", "traffic_available", "confidence")
            )
            if estate.senses_traffic(space):
                fields = (*fields, "traffic_available", "entries", "exits")
            if fields:
                self._listeners.append(live.listen(space.id, fields, self._draw_soon))
        self._listeners.append(async_track_device_registry_updated_event(self.hass, device_ids, self._device_changed))

    @callback
    def _device_changed(self, event: Event[EventDeviceRegistryUpdatedData]) -> None:
        """Draw the new name of a room, or leave out one that the user has disabled."""
        self.estate_changed()

    @callback
    def _stop(self) -> None:
        self._is_added = False
        self._timer.stop()
        self._stop_listening()

    @callback
    def _stop_listening(self) -> None:
        while self._listeners:
            self._listeners.pop()()

    @callback
    def _floor_changed(self, state: SpaceState) -> None:
        if state.available is not self._attr_available:
            self._attr_available = state.available
            self.async_write_ha_state()

    @callback
    def _draw_soon(self, state: SpaceState | None = None) -> None:
        """Draw when the changes of the moment are complete, and the last picture is old enough."""
        if not self._timer.running:
            self._timer.start(max(DRAW_DELAY, self._written_at + MIN_INTERVAL - time.monotonic()))

    @callback
    def _write_if_changed(self) -> None:
        if self._draw():
            self.async_write_ha_state()

    def _draw(self) -> bool:
        """Draw what is known now, and return whether that is another picture."""
        if self._drawing is None:
            return False
        estate, smallest = self.data.estate.data, smallest_group(self.data.estate.config_entry.options)
        parts = counted_parts(estate) if smallest else {}
        spaces = {
            one.id: self._shown(estate, estate.spaces[one.id], smallest, parts)
            for one in self._drawn
            if one.id in estate.spaces
        }
        doors = {
            door.space_id: self._crossed(estate, door.space_id, smallest, parts)
            for door in self._drawing.doors
            if door.space_id in estate.spaces
        }
        values = FloorValues(self._title, spaces, doors, smallest)
        image = floor_svg(self._drawing, values, self._texts, self._language)
        if image == self._image:
            return False
        self._image = image
        self._attr_image_last_updated = dt_util.utcnow()
        self._written_at = time.monotonic()
        return True

    def _state(self, space_id: str) -> SpaceState:
        return self.data.live.state(space_id)

    def _shown(self, estate: Estate, space: Space, smallest: int, parts: Mapping[str, list[Space]]) -> ShownSpace:
        """Return what is shown of a space, by the rules that the frontend applies to the states of its entities."""
        state, estimated = self._state(space.id), estate.primary_source(space) is PrimarySource.TRAFFIC
        available = state.traffic_available if estimated else state.available
        return shown_space(
            {
                "occupancy": _state_of(state.occupied, available=state.available),
                "motion": _state_of(state.motion, available=state.available),
                "people_estimate" if estimated else "people": _state_of(state.primary_count, available=available),
            },
            estimated=estimated,
            smallest_group=smallest,
            parts=[self._shown(estate, part, smallest, parts).count for part in parts.get(space.id, ())],
            confidence=state.confidence,
        )

    def _crossed(
        self, estate: Estate, space_id: str, smallest: int, parts: Mapping[str, list[Space]]
    ) -> tuple[ShownCount, ShownCount]:
        """Return the entries and exits of today, as far as they are known."""
        state = self._state(space_id)
        entries, exits = (state.entries, state.exits) if state.traffic_available else (None, None)
        people = self._shown(estate, estate.spaces[space_id], smallest, parts).count
        return shown_crossings(entries, exits, smallest, people)


def _state_of(value: float | None, *, available: bool) -> str:
    """Return the state of an entity that shows a value."""
    if not available:
        return STATE_UNAVAILABLE
    if value is None:
        return STATE_UNKNOWN
    if isinstance(value, bool):
        return STATE_ON if value else STATE_OFF
    return str(value)


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the pictures of the floors."""
    await EntitySync(hass, entry, IMAGE_DOMAIN, async_add_entities, (FloorImage, FLOOR_IMAGES)).start()
