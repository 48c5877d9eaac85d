"""Real automations that remember what made them run, and a building whose rooms are in areas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component

from .registries import device_of, find
from .scene import Scene

RAN: Final = "automation_ran"
CHECK: Final = "check_conditions"
FLOOR: Final = "First Floor"
LABEL: Final = "Watched"


@dataclass
class Automations:
    """Automations by name, and for each the entities that triggered it."""

    hass: HomeAssistant
    ran: dict[str, list[str]] = field(default_factory=dict)

    @callback
    def remember(self, event: Event) -> None:
        """Note a run."""
        self.ran[event.data["name"]].append(event.data["entity_id"])

    def taken(self) -> dict[str, list[str]]:
        """Return what ran since the last call, without the automations that did not."""
        found = {name: entity_ids for name, entity_ids in self.ran.items() if entity_ids}
        self.ran = {name: [] for name in self.ran}
        return found

    async def passed(self) -> set[str]:
        """Ask all conditions; return the names of those that are met."""
        self.hass.bus.async_fire(CHECK)
        await self.hass.async_block_till_done()
        return set(self.taken())


async def automate(
    hass: HomeAssistant,
    triggers: Mapping[str, Mapping[str, Any]] | None = None,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> Automations:
    """Set up an automation for each trigger, and one for each condition that is checked on demand."""
    automations = Automations(hass)
    on_demand = {"trigger": "event", "event_type": CHECK}
    parts = [(name, trigger, list[Any]()) for name, trigger in (triggers or {}).items()]
    parts += [(name, on_demand, [dict(condition)]) for name, condition in (conditions or {}).items()]
    configured = []
    for name, trigger, tested in parts:
        automations.ran[name] = []
        data = {"name": name, "entity_id": "{{ trigger.entity_id | default('') }}"}
        configured.append(
            {
                "alias": name,
                "mode": "queued",
                "triggers": [dict(trigger)],
                "conditions": tested,
                "actions": [{"event": RAN, "event_data": data}],
            }
        )
    hass.bus.async_listen(RAN, automations.remember)
    assert await async_setup_component(hass, "automation", {"automation": configured})
    await hass.async_block_till_done()
    # An automation that is not valid is unavailable.
    assert [state.state for state in hass.states.async_all("automation")] == ["on"] * len(configured)
    return automations


def furnish(scene: Scene, *rooms: str) -> dict[str, dict[str, Any]]:
    """Put rooms into areas of one floor, with a label; return every kind of target that leads to the first room.

    Each area also has sensors of another integration, which show numbers too.
    """
    hass = scene.hass
    floor = fr.async_get(hass).async_create(FLOOR)
    label = lr.async_get(hass).async_create(LABEL)
    for name in rooms:
        area = ar.async_get(hass).async_create(f"Area of {name}", floor_id=floor.floor_id)
        device = device_of(hass, scene.entry, find(scene.simulator, name))
        dr.async_get(hass).async_update_device(device.id, area_id=area.id, labels={label.label_id})
        for platform, unit in (("sensor", "%"), ("binary_sensor", None)):
            other = er.async_get(hass).async_get_or_create(
                platform, "other", f"{name}_people", translation_key="people"
            )
            er.async_get(hass).async_update_entity(other.entity_id, area_id=area.id, labels={label.label_id})
            hass.states.async_set(other.entity_id, "0", {"unit_of_measurement": unit, "device_class": "occupancy"})
    first = find(scene.simulator, rooms[0])
    device = device_of(hass, scene.entry, first)
    return {
        "area": {"area_id": device.area_id},
        "floor": {"floor_id": floor.floor_id},
        "label": {"label_id": label.label_id},
        "device": {"device_id": device.id},
    }


def set_others(hass: HomeAssistant, value: str) -> None:
    """Let the sensors of the other integration show a number."""
    for entry in er.async_get(hass).entities.values():
        if entry.platform == "other" and (state := hass.states.get(entry.entity_id)):
            hass.states.async_set(entry.entity_id, value, state.attributes)
