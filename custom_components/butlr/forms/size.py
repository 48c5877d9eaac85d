"""Count the devices and entities of an estate before they exist."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
import itertools

from homeassistant.helpers import entity_platform

from ..api.estate import Estate
from ..binary_sensor import HARDWARE_BINARY_SENSORS, SPACE_BINARY_SENSORS
from ..button import ACCOUNT_BUTTONS
from ..entity import expand_descriptions
from ..event import SPACE_EVENTS
from ..sensor.account import ACCOUNT_SENSORS
from ..sensor.hardware import HARDWARE_SENSORS
from ..sensor.organization import OFFLINE_SENSOR_COUNTS, ORGANIZATION_PEOPLE
from ..sensor.space import SPACE_SENSORS
from ..sync.devices import count_devices

# Entities of spaces, hardware and the organization, to be counted before setup.
ESTATE_DESCRIPTIONS = (
    *SPACE_BINARY_SENSORS,
    *SPACE_SENSORS,
    *SPACE_EVENTS,
    *HARDWARE_BINARY_SENSORS,
    *HARDWARE_SENSORS,
    *ORGANIZATION_PEOPLE,
    *OFFLINE_SENSOR_COUNTS,
)
# Entities that every organization has once.
ACCOUNT_DESCRIPTIONS = (*ACCOUNT_SENSORS, *ACCOUNT_BUTTONS)


@dataclass(frozen=True)
class EstateSize:
    """How many devices and entities an estate would add. Counting thousands takes long, so that is done once."""

    estate: Estate

    @cached_property
    def _with_hardware(self) -> Counter[str | None]:
        return _count_entities(self.estate)

    @cached_property
    def _spaces(self) -> Estate:
        return replace(self.estate, with_hardware=False)

    @cached_property
    def _of_spaces(self) -> Counter[str | None]:
        return _count_entities(self._spaces)

    def entities(self, *, hardware: bool) -> Counter[str | None]:
        """Return how many entities are enabled by default, by building id; None counts those outside a building."""
        return self._with_hardware if hardware else self._of_spaces

    def placeholders(self) -> dict[str, str]:
        """Return the numbers that the form shows: devices, entities, floors, rooms and zones."""
        account = _count_of_account()
        return {
            "devices": str(count_devices(self.estate)),
            "entities": str(self._with_hardware.total() + account),
            "accepted": str(entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY),
            "floors": str(len(self.estate.floors)),
            "rooms": str(len(self.estate.rooms)),
            "zones": str(len(self.estate.zones)),
            "devices_of_spaces": str(count_devices(self._spaces)),
            "entities_of_spaces": str(self._of_spaces.total() + account),
        }

    def what_fits(self, *, hardware: bool) -> tuple[list[str], bool]:
        """Return the buildings, and whether to add hardware, so that Home Assistant accepts all entities.

        Hardware is left out before any building is, and then the last buildings are.
        """
        buildings = list(self.estate.buildings)
        for with_hardware in (True, False) if hardware else (False,):
            entities = self.entities(hardware=with_hardware)
            left = entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY - _count_of_account() - entities[None]
            total = [*itertools.accumulate(entities[building] for building in buildings)]
            if not total or total[-1] <= left:
                return buildings, with_hardware
        return buildings[: max(1, bisect_right(total, left))], False


def _count_entities(estate: Estate) -> Counter[str | None]:
    return Counter(
        building.id if (building := estate.building_of(owner)) else None
        for owner, description in expand_descriptions(estate, ESTATE_DESCRIPTIONS)
        if description.entity_registry_enabled_default
    )


def _count_of_account() -> int:
    return sum(description.entity_registry_enabled_default for description in ACCOUNT_DESCRIPTIONS)
