"""The floor: a webhook that parses and writes the states of the one space it tells of, and knows nothing else.

It checks no secret, no shape and no moment, holds no truth, and no floor or building follows its rooms: what any
integration must do at least that shows as many figures of a space.
"""

from aiohttp.web import Request
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util.json import json_loads_object

from .bare import BareBinarySensor, BareEntity, BareSensor
from .const import DOMAIN, TARGETED
from .copying import Copies


class Targets:
    """The entities of each space, as a push finds them."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Copies]) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry = entry
        self._by_space: dict[str, dict[str, BareEntity]] = {}

    def register_webhook(self) -> None:
        """Take pushes in from now on."""
        webhook.async_register(self._hass, DOMAIN, "Targeted", TARGETED, self._handle)
        self._entry.async_on_unload(lambda: webhook.async_unregister(self._hass, TARGETED))

    def add(self, entity: BareEntity) -> None:
        """Remember where to write."""
        self._by_space.setdefault(entity.copy.space_id, {})[entity.copy.key] = entity

    async def _handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        """Write people, utilization and, when it changes, occupancy."""
        event = json_loads_object(await request.read())
        metadata, number = event["metadata"], event["data"]
        assert isinstance(metadata, dict)  # noqa: S101 - the benchmark writes the events itself
        assert isinstance(number, int)  # noqa: S101
        entities = self._by_space[str(metadata.get("zone_id") or metadata["room_id"])]
        for key, value in (("people", number), ("utilization", 10.0 * number)):
            sensor = entities.get(key)
            if isinstance(sensor, BareSensor):
                sensor._attr_native_value = value  # noqa: SLF001
                sensor.async_write_ha_state()
        occupancy = entities["occupancy"]
        if isinstance(occupancy, BareBinarySensor) and occupancy.is_on != (number > 0):
            occupancy._attr_is_on = number > 0  # noqa: SLF001
            occupancy.async_write_ha_state()
