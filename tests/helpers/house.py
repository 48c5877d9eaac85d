"""A house around Butlr's rooms: devices that automations act on, and a log of what they were made to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

# What each action does to the state and the attributes of its entities; "{}" takes the value from the call.
ACTIONS: Final[Mapping[str, Mapping[str, dict[str, str]]]] = {
    "light": {"turn_on": {"state": "on"}, "turn_off": {"state": "off"}},
    "switch": {"turn_on": {"state": "on"}, "turn_off": {"state": "off"}},
    "media_player": {"turn_off": {"state": "off"}},
    "climate": {"set_temperature": {}, "set_preset_mode": {}, "turn_off": {"state": "off"}},
    "fan": {"set_percentage": {"state": "on"}, "turn_on": {"state": "on"}, "turn_off": {"state": "off"}},
    "notify": {"send_message": {}},
}
_TARGETS: Final = ("entity_id", "device_id", "area_id", "floor_id", "label_id")


@dataclass(frozen=True, slots=True)
class Act:
    """An action that was called: its name, the entities that it reached, and its data."""

    action: str
    entities: tuple[str, ...]
    data: dict[str, Any]

    def __str__(self) -> str:
        """Return it in one line, for comparisons that are easy to read."""
        values = (f"{key}={value}" for key, value in self.data.items())
        return " ".join((self.action, *self.entities, *values))


class House:
    """Devices in Home Assistant's areas. They do what actions say, and everything is logged."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Register the actions."""
        self.hass = hass
        self.log: list[Act] = []
        for domain, actions in ACTIONS.items():
            for action in actions:
                hass.services.async_register(domain, action, self._act)

    def add(self, entity_id: str, state: str = "off", *, area: str | None = None, **attributes: Any) -> str:
        """Add a device's entity, in an area if one is given; return its id."""
        domain, object_id = split_entity_id(entity_id)
        registry = er.async_get(self.hass)
        entry = registry.async_get_or_create(domain, "test", object_id, suggested_object_id=object_id)
        assert entry.entity_id == entity_id
        registry.async_update_entity(entity_id, area_id=area)
        self.set(entity_id, state, **attributes)
        return entity_id

    def set(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Change the state of an entity, as a person or the device does."""
        old = self.hass.states.get(entity_id)
        self.hass.states.async_set(entity_id, state, {**(old.attributes if old else {}), **attributes})

    def state(self, entity_id: str) -> str:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state
        return state.state

    def fail(self, domain: str, action: str) -> None:
        """Let an action fail from now on, as that of a device which does not answer."""

        async def fail(call: ServiceCall) -> None:
            raise HomeAssistantError("No answer")

        self.hass.services.async_register(domain, action, fail)

    def done(self) -> list[str]:
        """Return what was done since the last call, in order."""
        acts = [str(act) for act in self.log]
        self.log.clear()
        return acts

    async def _act(self, call: ServiceCall) -> None:
        found = async_extract_referenced_entity_ids(self.hass, TargetSelection(call.data))
        entities = sorted(
            entity_id
            for entity_id in found.referenced | found.indirectly_referenced
            if split_entity_id(entity_id)[0] == call.domain and self.hass.states.get(entity_id)
        )
        data = {key: value for key, value in call.data.items() if key not in _TARGETS}
        self.log.append(Act(f"{call.domain}.{call.service}", tuple(entities), data))
        for entity_id in entities:
            state = ACTIONS[call.domain][call.service].get("state", self.state(entity_id))
            self.set(entity_id, state, **data)
