"""What may be told: what an assistant's exposed entities show, and what the user may read.

Stored options are read, never written: Home Assistant's own function would write the default into the registry for
every entity that it is asked about. An entity without a stored option is not exposed, which is also the default for
people and occupancy.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.auth.permissions import filter_entity_ids_by_permission
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..map.topology import readable_entities
from ..runtime import ButlrConfigEntry, devices_of

# What tells whether hardware is online, and how the values of an organization come.
CONNECTIVITY: Final = "connectivity"
UPDATE_MODE: Final = "update_mode"


@dataclass(frozen=True, slots=True)
class Visible:
    """The devices of an organization, and the entities whose states may be told, both by Butlr id.

    Entities are keyed by what they show: people, occupancy and so on. `is_everything` says that nothing is kept back.
    """

    devices: Mapping[str, dr.DeviceEntry]
    entities: Mapping[str, Mapping[str, str]]
    registered: Mapping[str, er.RegistryEntry]
    is_everything: bool

    def tells(self, butlr_id: str, keys: Iterable[str]) -> bool:
        """Return whether any of these entities of an asset may be told."""
        known = self.entities.get(butlr_id, {})
        return any(key in known for key in keys)

    def registry_entries(self, butlr_id: str) -> list[er.RegistryEntry]:
        """Return the entities of an asset that may be told."""
        return [self.registered[entity_id] for entity_id in self.entities.get(butlr_id, {}).values()]


async def visible(
    hass: HomeAssistant, entry: ButlrConfigEntry, assistant: str | None, context: Context | None = None
) -> Visible:
    """Return what an assistant may tell the user of a context; without an assistant, exposure does not matter."""
    registered = {
        one.entity_id: one
        for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if one.disabled_by is None and (assistant is None or is_exposed(one, assistant))
    }
    readable: Collection[str] = registered
    if context and context.user_id:
        user = await hass.auth.async_get_user(context.user_id)
        # A user who is gone may read nothing.
        readable = filter_entity_ids_by_permission(user, registered, POLICY_READ) if user else ()
    devices = devices_of(hass, entry.entry_id)
    entities = readable_entities(registered.values(), frozenset(readable), devices)
    return Visible(devices, entities, registered, assistant is None and len(readable) == len(registered))


def is_exposed(entity: er.RegistryEntry, assistant: str) -> bool:
    """Return whether the person exposed an entity to an assistant."""
    options = entity.options.get(assistant)
    return bool(options and options.get("should_expose"))
