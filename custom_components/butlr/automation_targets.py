"""What triggers and conditions look at in a target: entities of this integration, and one number of each space."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import ATTR_INCOMPLETE, DOMAIN
from .runtime import ButlrData, is_loaded

SENSOR_SPECS: Final = {SENSOR_DOMAIN: DomainSpec()}
BINARY_SENSOR_SPECS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Entities that show the same thing, by translation key."""

    domain: str
    keys: frozenset[str]
    # These count if a target names them, and where the entity of the space that is given here does not exist.
    others: Mapping[str, str | None] = field(default_factory=dict)


PEOPLE: Final = Shown(
    domain=SENSOR_DOMAIN,
    keys=frozenset({"people"}),
    # The estimate stands for a space only without presence sensors (rule 7), and a tag is no space.
    others={"people_estimate": "people", "tag_people": None},
)
UTILIZATION: Final = Shown(domain=SENSOR_DOMAIN, keys=frozenset({"utilization"}))
OCCUPANCY: Final = Shown(domain=BINARY_SENSOR_DOMAIN, keys=frozenset({"occupancy"}))


def is_known(state: State) -> bool:
    """Return whether a state tells the whole number. A sum that lacks a floor changes although nobody moves."""
    return state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN) and not state.attributes.get(ATTR_INCOMPLETE)


class AutomationTarget:
    """The entities of a target that show one thing."""

    def __init__(self, hass: HomeAssistant, target: Mapping[str, Any] | None, shown: Shown) -> None:
        """Remember which entities the target names itself."""
        self._hass = hass
        self._selection = TargetSelection(dict(target or {}))
        self._shown = shown

    def among(self, entity_ids: set[str]) -> set[str]:
        """Return those of the entities of a target that count."""
        registry = er.async_get(self._hass)
        return {one for one in entity_ids if (entry := registry.async_get(one)) and self._counts(registry, entry)}

    def _counts(self, registry: er.EntityRegistry, entry: er.RegistryEntry) -> bool:
        if entry.platform != DOMAIN or entry.domain != self._shown.domain:
            return False
        key = entry.translation_key or ""
        if key in self._shown.keys:
            return True
        if key not in self._shown.others:
            return False
        if entry.entity_id in self._selection.entity_ids:
            return True
        instead = self._shown.others[key]
        unique_id = f"{_space_of(entry)}_{instead}"
        return instead is not None and registry.async_get_entity_id(entry.domain, DOMAIN, unique_id) is None

    def all_known(self) -> bool:
        """Return whether the target has entities that count, and all of them have a value."""
        found = async_extract_referenced_entity_ids(self._hass, self._selection, expand_group=False)
        entity_ids = self.among(found.referenced | found.indirectly_referenced)
        # Disabled entities have no state, and a space without sensors never has a value.
        states = [state for one in entity_ids if (state := self._hass.states.get(one)) and self._is_sensed(one)]
        return bool(states) and all(map(is_known, states))

    def empty_for(self, entity_id: str) -> float | None:
        """Return for how many seconds the space of an entity has verifiably been empty; None if that is unknown."""
        found = self._find(entity_id)
        if found is None or not is_loaded(found[0].estate.config_entry):
            return None
        data, space_id = found
        since = data.live.empty_since(space_id)
        return None if since is None else data.client.now() - since

    def was_reset(self, entity_id: str) -> bool:
        """Return whether an entity is 0 only because midnight has reset an estimate: nobody is known to have left."""
        if (found := self._find(entity_id)) is None:
            return False
        data, space_id = found
        estimate = er.async_get(self._hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, f"{space_id}_people_estimate")
        return data.live.was_reset(space_id, beside_count=entity_id == estimate)

    def is_of_this_run(self, state: State) -> bool:
        """Return whether a state, as the recorder has it, was written since the entry was set up the last time."""
        found = self._find(state.entity_id)
        return found is not None and state.last_updated >= found[0].started

    def _is_sensed(self, entity_id: str) -> bool:
        found = self._find(entity_id)
        return found is None or found[0].live.is_sensed(found[1])

    def _find(self, entity_id: str) -> tuple[ButlrData, str] | None:
        """Return the data and the space of an entity; None if it was never set up in this run of Home Assistant."""
        if not (registered := er.async_get(self._hass).async_get(entity_id)):
            return None
        entry = self._hass.config_entries.async_get_entry(registered.config_entry_id or "")
        data: ButlrData | None = getattr(entry, "runtime_data", None)
        return (data, _space_of(registered)) if data else None


def _space_of(entry: er.RegistryEntry) -> str:
    """Return the Butlr id of the space of an entity."""
    return entry.unique_id.removesuffix(f"_{entry.translation_key}")
