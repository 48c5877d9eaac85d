"""Count the devices and entities of an estate before they exist."""

from collections import Counter
from dataclasses import replace

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


def size_placeholders(estate: Estate) -> dict[str, str]:
    """Return the numbers that the form shows: devices, entities, floors, rooms and zones."""
    spaces = replace(estate, with_hardware=False)
    account = sum(description.entity_registry_enabled_default for description in ACCOUNT_DESCRIPTIONS)
    return {
        "devices": str(count_devices(estate)),
        "entities": str(count_entities(estate).total() + account),
        "floors": str(len(estate.floors)),
        "rooms": str(len(estate.rooms)),
        "zones": str(len(estate.zones)),
        "devices_of_spaces": str(count_devices(spaces)),
        "entities_of_spaces": str(count_entities(spaces).total() + account),
    }


def count_entities(estate: Estate) -> Counter[str | None]:
    """Count entities that are enabled by default, by building id; None counts those outside a building."""
    return Counter(
        building.id if (building := estate.building_of(owner)) else None
        for owner, description in expand_descriptions(estate, ESTATE_DESCRIPTIONS)
        if description.entity_registry_enabled_default
    )
