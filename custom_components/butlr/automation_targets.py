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

from .const import DOMAIN
from .runtime import ButlrConfigEntry, is_loaded

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
    """Return whether a state says anything."""
    return state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


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
        # Disabled entities have no state.
        states = [state for one in entity_ids if (state := self._hass.states.get(one))]
        return bool(states) and all(map(is_known, states))

    def empty_for(self, entity_id: str) -> float | None:
        """Return for how many seconds the space of an entity has verifiably been empty; None if that is unknown."""
        registered = er.async_get(self._hass).async_get(entity_id)
        entry: ButlrConfigEntry | None = None
        if registered:
            entry = self._hass.config_entries.async_get_entry(registered.config_entry_id or "")
        if not registered or not entry or not is_loaded(entry):
            return None
        data = entry.runtime_data
        since = data.live.empty_since(_space_of(registered))
        return None if since is None else data.client.now() - since


def _space_of(entry: er.RegistryEntry) -> str:
    """Return the Butlr id of the space of an entity."""
    return entry.unique_id.removesuffix(f"_{entry.translation_key}")
